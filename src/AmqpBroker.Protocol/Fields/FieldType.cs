namespace AmqpBroker.Protocol;

/// <summary>
/// The type letters of field values in RabbitMQ's dialect, which is not that of the specification's text: <c>s</c> is a 16-bit
/// integer and not a short string, and <c>l</c> and <c>L</c> are both signed.
/// </summary>
public enum FieldType : byte
{
    /// <summary><c>V</c>: no value.</summary>
    Void = (byte)'V',

    /// <summary><c>t</c>: one byte, 0 is false.</summary>
    Boolean = (byte)'t',

    /// <summary><c>b</c>: 8 bits, signed.</summary>
    Byte = (byte)'b',

    /// <summary><c>B</c>: 8 bits, unsigned.</summary>
    UnsignedByte = (byte)'B',

    /// <summary><c>s</c>: 16 bits, signed.</summary>
    Short = (byte)'s',

    /// <summary><c>u</c>: 16 bits, unsigned.</summary>
    UnsignedShort = (byte)'u',

    /// <summary><c>I</c>: 32 bits, signed.</summary>
    SignedInt = (byte)'I',

    /// <summary><c>i</c>: 32 bits, unsigned.</summary>
    UnsignedInt = (byte)'i',

    /// <summary><c>l</c>: 64 bits, signed.</summary>
    Long = (byte)'l',

    /// <summary><c>L</c>: 64 bits, signed as RabbitMQ reads it; the same type as <see cref="Long"/> in comparisons.</summary>
    LongAlias = (byte)'L',

    /// <summary><c>f</c>: 32 bits, IEEE 754.</summary>
    Float = (byte)'f',

    /// <summary><c>d</c>: 64 bits, IEEE 754.</summary>
    Double = (byte)'d',

    /// <summary><c>D</c>: one byte of scale and 32 unsigned bits of digits.</summary>
    Decimal = (byte)'D',

    /// <summary><c>S</c>: bytes with four bytes of length; usually text in UTF-8.</summary>
    LongString = (byte)'S',

    /// <summary><c>A</c>: values one after the other.</summary>
    Array = (byte)'A',

    /// <summary><c>T</c>: 64 bits, seconds since 1970.</summary>
    Timestamp = (byte)'T',

    /// <summary><c>F</c>: a field table.</summary>
    Table = (byte)'F',

    /// <summary><c>x</c>: bytes with four bytes of length that are not text.</summary>
    Binary = (byte)'x',
}
