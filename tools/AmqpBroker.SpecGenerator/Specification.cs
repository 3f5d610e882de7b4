namespace AmqpBroker.SpecGenerator;

/// <summary>What the specification file says.</summary>
internal sealed record Specification(
    IReadOnlyList<ConstantSpec> Constants, IReadOnlyList<ReplySpec> Replies, IReadOnlyList<ClassSpec> Classes);

/// <summary>A number with a name.</summary>
internal sealed record ConstantSpec(string Name, int Value, string Doc);

/// <summary>A reply code; <paramref name="Kind"/> is what an error of this code closes.</summary>
internal sealed record ReplySpec(string Name, int Code, string Kind, string Doc);

/// <summary>A class with its methods and content properties.</summary>
internal sealed record ClassSpec(
    string Name, int Id, string Doc, IReadOnlyList<PropertySpec> Properties, IReadOnlyList<MethodSpec> Methods);

/// <summary>A content property.</summary>
internal sealed record PropertySpec(string Name, string Type, string Doc);

/// <summary>A method of a class.</summary>
internal sealed record MethodSpec(
    ClassSpecName Class,
    string Name,
    int Id,
    string Sender,
    bool Synchronous,
    bool Content,
    bool Extension,
    string Doc,
    IReadOnlyList<FieldSpec> Fields)
{
    /// <summary>The C# name of the type: BasicPublish.</summary>
    public string TypeName => Naming.Pascal(Class.Name) + Naming.Pascal(Name);

    /// <summary>The name as people write it: basic.publish.</summary>
    public string DottedName => $"{Class.Name}.{Name}";

    /// <summary>Class and method in one number.</summary>
    public uint Key => ((uint)Class.Id << 16) | (uint)Id;
}

/// <summary>What a method knows of its class.</summary>
internal sealed record ClassSpecName(string Name, int Id);

/// <summary>An argument of a method; a reserved one is dropped when read and zero when written.</summary>
internal sealed record FieldSpec(string Name, string Domain, string Type, bool Reserved, string Doc);
