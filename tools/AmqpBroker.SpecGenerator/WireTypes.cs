namespace AmqpBroker.SpecGenerator;

/// <summary>How each wire type is held, measured, read and written in C#.</summary>
internal static class WireTypes
{
    /// <summary>The C# type of a field.</summary>
    public static string CSharp(FieldSpec field) => field switch
    {
        { Domain: "reply-code" } => "ReplyCode",
        { Type: "bit" } => "bool",
        { Type: "octet" } => "byte",
        { Type: "short" } => "ushort",
        { Type: "long" } => "uint",
        { Type: "longlong" or "timestamp" } => "ulong",
        { Type: "shortstr" } => "ShortString",
        { Type: "longstr" } => "global::System.ReadOnlyMemory<byte>",
        { Type: "table" } => "FieldTable",
        _ => throw Unknown(field.Type),
    };

    /// <summary>The size of all fields: a constant and the lengths of what varies.</summary>
    public static string SizeExpression(IReadOnlyList<FieldSpec> fields)
    {
        int constant = 0;
        int bits = 0;
        var variable = new List<string>();
        foreach (FieldSpec field in fields)
        {
            bits = field.Type == "bit" ? bits + 1 : 0;
            constant += field.Type == "bit" ? (bits % 8 == 1 ? 1 : 0) : FixedSize(field.Type);
            if (!field.Reserved && VariableSize(field) is { } length)
            {
                variable.Add(length);
            }
        }

        return string.Join(" + ", variable.Prepend($"{constant}").Where(part => part != "0" || variable.Count == 0));
    }

    public static string ReadExpression(FieldSpec field) => field switch
    {
        { Domain: "reply-code" } => "(ReplyCode)reader.ReadShort()",
        { Type: "longstr" } => "reader.ReadLongString().ToArray()",
        _ => $"reader.{Call("Read", field.Type)}()",
    };

    public static string SkipStatement(string type) => type switch
    {
        "shortstr" => "reader.ReadBytes(reader.ReadOctet());",
        _ => $"reader.{Call("Read", type)}();",
    };

    public static string WriteStatement(FieldSpec field, string value) => field switch
    {
        { Domain: "reply-code" } => $"writer.WriteShort((ushort){value});",
        { Type: "longstr" } => $"writer.WriteLongString({value}.Span);",
        _ => $"writer.{Call("Write", field.Type)}({value});",
    };

    public static string WriteZeroStatement(string type) => type switch
    {
        "shortstr" => "writer.WriteOctet(0);",
        "longstr" => "writer.WriteLong(0);",
        _ => $"writer.{Call("Write", type)}(0);",
    };

    private static string Call(string verb, string type) => verb + type switch
    {
        "octet" => "Octet",
        "short" => "Short",
        "long" => "Long",
        "longlong" or "timestamp" => "LongLong",
        "shortstr" => "ShortString",
        "longstr" => "LongString",
        "table" => "Table",
        _ => throw Unknown(type),
    };

    /// <summary>Bytes that a field always has: its value or its length prefix.</summary>
    private static int FixedSize(string type) => type switch
    {
        "octet" or "shortstr" => 1,
        "short" => 2,
        "long" or "longstr" or "table" => 4,
        "longlong" or "timestamp" => 8,
        _ => throw Unknown(type),
    };

    private static string? VariableSize(FieldSpec field) => field.Type switch
    {
        "shortstr" or "longstr" => $"{Naming.Pascal(field.Name)}.Length",
        "table" => $"{Naming.Pascal(field.Name)}.RawBytes.Length",
        _ => null,
    };

    private static InvalidDataException Unknown(string type) => new($"Unknown wire type {type}.");
}
