using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace AmqpBroker.Protocol;

/// <summary>
/// An AMQP field table: immutable and kept as the bytes it came in, so that order, types and duplicate names pass through
/// unchanged. Entries are found in the bytes when they are asked for. The bytes are well-formed: whoever makes a table from
/// bytes of a peer validates them first.
/// </summary>
/// <remarks>
/// Equality is RabbitMQ's of binding arguments: the same entries after sorting by name; the order of nested tables counts.
/// </remarks>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "The specification's name.")]
public sealed class FieldTable : IEquatable<FieldTable>, IEnumerable<(ShortString Name, FieldValue Value)>
{
    /// <summary>How deep tables and arrays may be nested before they are refused.</summary>
    public const int MaxDepth = FieldEncoding.MaxDepth;

    /// <summary>The table without entries.</summary>
    public static readonly FieldTable Empty = new(ReadOnlyMemory<byte>.Empty);

    private FieldTable(ReadOnlyMemory<byte> raw) => RawBytes = raw;

    /// <summary>The encoded entries, without the four bytes of length that go before them on the wire.</summary>
    public ReadOnlyMemory<byte> RawBytes { get; }

    /// <summary>Whether the table has no entries.</summary>
    public bool IsEmpty => RawBytes.IsEmpty;

    /// <summary>The number of entries, counted at each call.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            FieldTableScanner scanner = Scan();
            while (scanner.MoveNext())
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>Refuses bytes that are not a table (lengths that lie, unknown types, too deep nesting). Allocates nothing.</summary>
    /// <exception cref="ConnectionException">502: the bytes are not a field table.</exception>
    public static void Validate(ReadOnlySpan<byte> rawBytes) => FieldEncoding.ValidateTable(rawBytes);

    /// <summary>The table of these bytes, which must not change afterwards; they are not copied.</summary>
    /// <exception cref="ConnectionException">502: the bytes are not a field table.</exception>
    public static FieldTable FromRaw(ReadOnlyMemory<byte> rawBytes)
    {
        Validate(rawBytes.Span);
        return FromValidated(rawBytes);
    }

    /// <summary>
    /// The table of bytes that have been validated before, by <see cref="Validate"/> or by whoever stored them. They are not
    /// copied and must not change afterwards.
    /// </summary>
    public static FieldTable FromValidated(ReadOnlyMemory<byte> rawBytes) =>
        rawBytes.IsEmpty ? Empty : new FieldTable(rawBytes);

    /// <summary>The value of the first entry with this name.</summary>
    public bool TryGetValue(string name, out FieldValue value)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<byte> utf8 = stackalloc byte[ShortString.MaxLength];
        if (Encoding.UTF8.TryGetBytes(name, utf8, out int length))
        {
            return TryGetValue(utf8[..length], out value);
        }

        value = default;
        return false;
    }

    /// <summary>The value of the first entry with this name.</summary>
    public bool TryGetValue(ShortString name, out FieldValue value)
    {
        ArgumentNullException.ThrowIfNull(name);
        return TryGetValue(name.Bytes, out value);
    }

    /// <summary>The value of the first entry with this name.</summary>
    public bool TryGetValue(ReadOnlySpan<byte> name, out FieldValue value)
    {
        FieldTableScanner scanner = Scan();
        while (scanner.MoveNext())
        {
            if (scanner.Name.SequenceEqual(name))
            {
                value = new FieldValue(scanner.Type, RawBytes.Slice(scanner.PayloadOffset, scanner.Payload.Length));
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Whether there is an entry with this name.</summary>
    public bool Contains(ShortString name) => TryGetValue(name, out _);

    /// <summary>Steps through the entries without allocating.</summary>
    public FieldTableScanner Scan() => new(RawBytes.Span);

    /// <summary>The entries in their order.</summary>
    public IEnumerator<(ShortString Name, FieldValue Value)> GetEnumerator()
    {
        int offset = 0;
        while (offset < RawBytes.Length)
        {
            yield return EntryAt(ref offset);
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether both have the same entries after sorting by name.</summary>
    public bool Equals([NotNullWhen(true)] FieldTable? other)
    {
        if (other is null)
        {
            return false;
        }

        if (ReferenceEquals(this, other) || RawBytes.Span.SequenceEqual(other.RawBytes.Span))
        {
            return true;
        }

        List<(ShortString Name, FieldValue Value)> mine = Sorted();
        List<(ShortString Name, FieldValue Value)> others = other.Sorted();
        return mine.SequenceEqual(others);
    }

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as FieldTable);

    /// <summary>A hash of names and values that does not depend on the order.</summary>
    public override int GetHashCode()
    {
        int sum = 0;
        FieldTableScanner scanner = Scan();
        while (scanner.MoveNext())
        {
            sum += HashCode.Combine(ByteHash.Compute(scanner.Name), FieldComparer.Hash(scanner.Type, scanner.Payload));
        }

        return sum;
    }

    /// <summary>The entries for logs: <c>{a: 1, b: text}</c>.</summary>
    public override string ToString() => $"{{{string.Join(", ", this.Select(e => $"{e.Name}: {e.Value}"))}}}";

    private (ShortString Name, FieldValue Value) EntryAt(ref int offset)
    {
        var scanner = new FieldTableScanner(RawBytes.Span[offset..]);
        scanner.MoveNext();
        var value = new FieldValue(scanner.Type, RawBytes.Slice(offset + scanner.PayloadOffset, scanner.Payload.Length));
        offset += scanner.NextOffset;
        return (ShortString.FromBytes(scanner.Name), value);
    }

    /// <summary>The entries sorted by name; entries of one name keep their order.</summary>
    private List<(ShortString Name, FieldValue Value)> Sorted() =>
        [.. this.OrderBy(e => e.Name, Comparer<ShortString>.Create((a, b) => a.Bytes.SequenceCompareTo(b.Bytes)))];
}
