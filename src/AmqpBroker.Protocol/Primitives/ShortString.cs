using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace AmqpBroker.Protocol;

/// <summary>
/// An AMQP <c>shortstr</c>: 0 to 255 bytes, immutable. Names in RabbitMQ are binaries: bytes that are not valid UTF-8 are
/// legal, and two names are equal when their bytes are. The hash is computed once.
/// </summary>
public sealed class ShortString : IEquatable<ShortString>
{
    /// <summary>The most bytes that a short string can have.</summary>
    public const int MaxLength = 255;

    /// <summary>The string of no bytes.</summary>
    public static readonly ShortString Empty = new([], ByteHash.Compute([]));

    private readonly byte[] _bytes;
    private readonly int _hash;
    private string? _text;

    private ShortString(byte[] bytes, int hash)
    {
        _bytes = bytes;
        _hash = hash;
    }

    /// <summary>The bytes of the string.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The bytes of the string, for keeping a reference.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>The number of bytes, 0 to 255.</summary>
    public int Length => _bytes.Length;

    /// <summary>Whether the string has no bytes.</summary>
    public bool IsEmpty => _bytes.Length == 0;

    /// <summary>Whether both have the same bytes; null equals only null.</summary>
    public static bool operator ==(ShortString? left, ShortString? right) =>
        ReferenceEquals(left, right) || (left is not null && left.Equals(right));

    /// <summary>Whether the two differ in their bytes.</summary>
    public static bool operator !=(ShortString? left, ShortString? right) => !(left == right);

    /// <summary>The UTF-8 bytes of <paramref name="text"/>.</summary>
    /// <exception cref="ArgumentException">The text needs more than 255 bytes.</exception>
    public static ShortString FromString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == 0 ? Empty : FromOwnedBytes(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>A copy of <paramref name="bytes"/>.</summary>
    /// <exception cref="ArgumentException">There are more than 255 bytes.</exception>
    public static ShortString FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? Empty : FromOwnedBytes(bytes.ToArray());

    /// <summary>Whether both have the same bytes.</summary>
    public bool Equals([NotNullWhen(true)] ShortString? other) =>
        ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && _bytes.AsSpan().SequenceEqual(other._bytes));

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as ShortString);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <summary>The string as text; bytes that are not UTF-8 become U+FFFD. Decoded once.</summary>
    public override string ToString() => _text ??= Encoding.UTF8.GetString(_bytes);

    /// <summary>For the cache, which has the hash already.</summary>
    internal static ShortString FromBytes(ReadOnlySpan<byte> bytes, int hash) =>
        bytes.IsEmpty ? Empty : new ShortString(bytes.ToArray(), hash);

    private static ShortString FromOwnedBytes(byte[] bytes)
    {
        if (bytes.Length > MaxLength)
        {
            throw new ArgumentException($"A short string has at most {MaxLength} bytes, not {bytes.Length}.", nameof(bytes));
        }

        return new ShortString(bytes, ByteHash.Compute(bytes));
    }
}
