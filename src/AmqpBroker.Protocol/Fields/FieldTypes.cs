namespace AmqpBroker.Protocol;

/// <summary>What RabbitMQ says about a field type.</summary>
public static class FieldTypes
{
    /// <summary>The type's name in RabbitMQ's error texts and HTTP API: <c>longstr</c>, <c>signedint</c>, ….</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a type of the dialect.</exception>
    public static string RabbitTypeName(this FieldType type) => type switch
    {
        FieldType.Void => "void",
        FieldType.Boolean => "bool",
        FieldType.Byte => "byte",
        FieldType.UnsignedByte => "unsignedbyte",
        FieldType.Short => "short",
        FieldType.UnsignedShort => "unsignedshort",
        FieldType.SignedInt => "signedint",
        FieldType.UnsignedInt => "unsignedint",
        FieldType.Long or FieldType.LongAlias => "long",
        FieldType.Float => "float",
        FieldType.Double => "double",
        FieldType.Decimal => "decimal",
        FieldType.LongString => "longstr",
        FieldType.Array => "array",
        FieldType.Timestamp => "timestamp",
        FieldType.Table => "table",
        FieldType.Binary => "binary",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a field type."),
    };

    /// <summary>Whether the value is preceded by four bytes of length.</summary>
    internal static bool HasLengthPrefix(FieldType type) =>
        type is FieldType.LongString or FieldType.Table or FieldType.Array or FieldType.Binary;

    /// <summary>The type as comparisons see it: both letters of a 64-bit integer are one type.</summary>
    internal static FieldType Normalized(FieldType type) => type == FieldType.LongAlias ? FieldType.Long : type;
}
