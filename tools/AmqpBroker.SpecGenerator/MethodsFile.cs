namespace AmqpBroker.SpecGenerator;

/// <summary>The methods of one class, each as a readonly record struct.</summary>
internal static class MethodsFile
{
    public static string Render(ClassSpec @class)
    {
        var text = new SourceText("System.Runtime.CompilerServices");
        foreach (MethodSpec method in @class.Methods)
        {
            text.Line();
            RenderMethod(text, method);
        }

        return text.ToString();
    }

    private static void RenderMethod(SourceText text, MethodSpec method)
    {
        List<FieldSpec> parameters = [.. method.Fields.Where(f => !f.Reserved)];
        string extension = method.Extension ? " An extension by RabbitMQ." : "";
        text.Summary($"{method.DottedName}: {method.Doc}{extension}");
        foreach (FieldSpec field in parameters)
        {
            text.Param(Naming.Pascal(field.Name), field.Doc);
        }

        string list = string.Join(", ", parameters.Select(f => $"{WireTypes.CSharp(f)} {Naming.Pascal(f.Name)}"));
        string declaration = parameters.Count == 0
            ? $"public readonly record struct {method.TypeName} : IMethod<{method.TypeName}>"
            : $"public readonly record struct {method.TypeName}({list}) : IMethod<{method.TypeName}>";
        text.Open(declaration);
        text.Line("/// <inheritdoc/>");
        text.Line($"public static ushort ClassId => {method.Class.Id};");
        text.Line();
        text.Line("/// <inheritdoc/>");
        text.Line($"public static ushort MethodId => {method.Id};");
        text.Line();
        text.Line("/// <inheritdoc/>");
        text.Line($"public int Size => {WireTypes.SizeExpression(method.Fields)};");
        text.Line();
        RenderRead(text, method, parameters);
        text.Line();
        RenderWrite(text, method);
        text.Close();
    }

    private static void RenderRead(SourceText text, MethodSpec method, List<FieldSpec> parameters)
    {
        text.Line("/// <inheritdoc/>");
        text.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        text.Open($"public static {method.TypeName} Read(ref AmqpReader reader)");
        int bit = 0;
        int octets = 0;
        foreach (FieldSpec field in method.Fields)
        {
            if (field.Type != "bit")
            {
                bit = 0;
                text.Line(field.Reserved
                    ? $"{WireTypes.SkipStatement(field.Type)} // {field.Name}"
                    : $"{WireTypes.CSharp(field)} {Local(field)} = {WireTypes.ReadExpression(field)};");
                continue;
            }

            if (bit % 8 == 0)
            {
                octets++;
                text.Line($"byte bits{octets} = reader.ReadOctet();");
            }

            if (!field.Reserved)
            {
                text.Line($"bool {Local(field)} = (bits{octets} & {1 << (bit % 8)}) != 0;");
            }

            bit++;
        }

        text.Line("reader.ExpectEnd();");
        text.Line($"return new {method.TypeName}({string.Join(", ", parameters.Select(Local))});");
        text.Close();
    }

    private static void RenderWrite(SourceText text, MethodSpec method)
    {
        text.Line("/// <inheritdoc/>");
        text.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        text.Open("public void Write(ref AmqpWriter writer)");
        var bits = new List<string>();
        foreach (FieldSpec field in method.Fields)
        {
            if (field.Type == "bit")
            {
                bits.Add(field.Reserved ? "0" : $"({Naming.Pascal(field.Name)} ? {1 << bits.Count} : 0)");
                continue;
            }

            FlushBits(text, bits);
            text.Line(field.Reserved
                ? $"{WireTypes.WriteZeroStatement(field.Type)} // {field.Name}"
                : WireTypes.WriteStatement(field, Naming.Pascal(field.Name)));
        }

        FlushBits(text, bits);
        text.Close();
    }

    /// <summary>No method has more than eight bits in a row, which would need a second octet.</summary>
    private static void FlushBits(SourceText text, List<string> bits)
    {
        if (bits.Count > 8)
        {
            throw new InvalidDataException("More than eight bits in a row are not supported.");
        }

        if (bits.Count > 0)
        {
            string expression = string.Join(" | ", bits.Where(b => b != "0").DefaultIfEmpty("0"));
            text.Line($"writer.WriteOctet((byte)({expression}));");
            bits.Clear();
        }
    }

    private static string Local(FieldSpec field)
    {
        string pascal = Naming.Pascal(field.Name);
        string camel = char.ToLowerInvariant(pascal[0]) + pascal[1..];
        return camel == "internal" ? "@internal" : camel;
    }
}
