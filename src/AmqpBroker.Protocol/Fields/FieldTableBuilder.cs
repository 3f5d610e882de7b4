namespace AmqpBroker.Protocol;

/// <summary>
/// Makes a field table, from nothing or from another one whose unchanged entries are copied byte for byte. For one thread.
/// </summary>
public sealed class FieldTableBuilder
{
    private readonly List<ReadOnlyMemory<byte>> _entries = [];

    /// <summary>A builder without entries.</summary>
    public FieldTableBuilder()
    {
    }

    /// <summary>A builder that starts with the entries of <paramref name="source"/>.</summary>
    public FieldTableBuilder(FieldTable source)
    {
        ArgumentNullException.ThrowIfNull(source);
        FieldTableScanner scanner = source.Scan();
        while (scanner.MoveNext())
        {
            _entries.Add(source.RawBytes[scanner.EntryOffset..scanner.NextOffset]);
        }
    }

    /// <summary>The number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds an entry at the end, even if there is one of this name.</summary>
    public FieldTableBuilder Append(ShortString name, FieldValue value)
    {
        _entries.Add(Encode(name, value));
        return this;
    }

    /// <inheritdoc cref="Append(ShortString, FieldValue)"/>
    public FieldTableBuilder Append(string name, FieldValue value) => Append(ShortString.FromString(name), value);

    /// <summary>Replaces the value of the first entry of this name where it stands, or adds one at the end.</summary>
    public FieldTableBuilder Set(ShortString name, FieldValue value)
    {
        ArgumentNullException.ThrowIfNull(name);
        int index = _entries.FindIndex(e => NameOf(e).SequenceEqual(name.Bytes));
        if (index < 0)
        {
            return Append(name, value);
        }

        _entries[index] = Encode(name, value);
        return this;
    }

    /// <inheritdoc cref="Set(ShortString, FieldValue)"/>
    public FieldTableBuilder Set(string name, FieldValue value) => Set(ShortString.FromString(name), value);

    /// <summary>Removes all entries of this name; gives whether there was one.</summary>
    public bool Remove(ShortString name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _entries.RemoveAll(e => NameOf(e).SequenceEqual(name.Bytes)) > 0;
    }

    /// <inheritdoc cref="Remove(ShortString)"/>
    public bool Remove(string name) => Remove(ShortString.FromString(name));

    /// <summary>Puts the entries in the order of their names' bytes; entries of one name keep theirs.</summary>
    public FieldTableBuilder SortByName()
    {
        // By insertion: stable, and tables are short.
        for (int i = 1; i < _entries.Count; i++)
        {
            ReadOnlyMemory<byte> entry = _entries[i];
            int at = i;
            for (; at > 0 && NameOf(_entries[at - 1]).SequenceCompareTo(NameOf(entry)) > 0; at--)
            {
                _entries[at] = _entries[at - 1];
            }

            _entries[at] = entry;
        }

        return this;
    }

    /// <summary>The table of all entries in their order. The builder can be used further.</summary>
    public FieldTable Build()
    {
        int size = 0;
        foreach (ReadOnlyMemory<byte> entry in _entries)
        {
            size += entry.Length;
        }

        byte[] raw = new byte[size];
        Span<byte> rest = raw;
        foreach (ReadOnlyMemory<byte> entry in _entries)
        {
            entry.Span.CopyTo(rest);
            rest = rest[entry.Length..];
        }

        return FieldTable.FromValidated(raw);
    }

    private static ReadOnlySpan<byte> NameOf(ReadOnlyMemory<byte> entry) => entry.Span.Slice(1, entry.Span[0]);

    private static byte[] Encode(ShortString name, FieldValue value)
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] entry = new byte[1 + name.Length + value.EncodedSize];
        var writer = new AmqpWriter(entry);
        writer.WriteShortString(name);
        value.Write(ref writer);
        return entry;
    }
}
