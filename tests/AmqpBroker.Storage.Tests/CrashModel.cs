using System.Buffers.Binary;

namespace AmqpBroker.Storage.Tests;

/// <summary>
/// What a tiny user of the journal knows: bodies that come and go. Its state is in two halves (by the parity of the id), each
/// with images of its own, so that checkpoints are fuzzy as the broker's are.
/// </summary>
internal sealed class CrashModel
{
    private const int PrefixBytes = 5;

    public sealed record Entry(bool IsRemoval, int Id, long Position, byte[] Bytes);

    public sealed record Batch(long Start, long End, List<Entry> Entries);

    /// <summary>Everything appended, in order, cut to what survived at each recovery.</summary>
    public List<Batch> Log { get; } = [];

    public long Confirmed { get; set; }

    public int NextId { get; set; } = 1;

    /// <summary>The bodies that live after the batches that end at or below a position.</summary>
    public SortedDictionary<int, long> StateAt(long end)
    {
        SortedDictionary<int, long> state = [];
        foreach (Entry entry in Log.Where(b => b.End <= end).SelectMany(b => b.Entries))
        {
            Apply(state, entry.IsRemoval, entry.Id, entry.Position);
        }

        return state;
    }

    public static void Apply(SortedDictionary<int, long> state, bool isRemoval, int id, long position)
    {
        if (isRemoval)
        {
            Assert.True(state.Remove(id), $"{id} is removed, but was not there");
        }
        else
        {
            state.Add(id, position);
        }
    }

    /// <summary>The bytes of a record: kind, id, and a filling that follows from the id.</summary>
    public static byte[] Record(bool isRemoval, int id)
    {
        Random filling = new(id);
        int size = isRemoval ? 0 : filling.Next(20) switch { 0 => 40_000, < 3 => 5000, _ => filling.Next(300) };
        byte[] bytes = new byte[PrefixBytes + size];
        bytes[0] = isRemoval ? (byte)2 : (byte)1;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), id);
        filling.NextBytes(bytes.AsSpan(PrefixBytes));
        return bytes;
    }

    public static (bool IsRemoval, int Id) Parse(ReadOnlySpan<byte> record) =>
        (record[0] == 2, BinaryPrimitives.ReadInt32LittleEndian(record[1..]));

    /// <summary>An image of one half: id and position of each body.</summary>
    public static byte[] Image(SortedDictionary<int, long> state, int half)
    {
        List<byte> bytes = [(byte)half];
        foreach ((int id, long position) in state.Where(s => s.Key % 2 == half))
        {
            bytes.AddRange(BitConverter.GetBytes(id));
            bytes.AddRange(BitConverter.GetBytes(position));
        }

        return [.. bytes];
    }
}

/// <summary>Builds the state from what a journal gives back.</summary>
internal sealed class CrashReplay : IJournalReplay
{
    private readonly long[] _stamps = [0, 0];

    public SortedDictionary<int, long> State { get; } = [];

    public List<(long Position, byte[] Bytes)> Records { get; } = [];

    public long MaxStamp => _stamps.Max();

    public void Image(long stamp, ReadOnlySpan<byte> image)
    {
        int half = image[0];
        _stamps[half] = stamp;
        for (ReadOnlySpan<byte> rest = image[1..]; !rest.IsEmpty; rest = rest[12..])
        {
            State.Add(BitConverter.ToInt32(rest), BitConverter.ToInt64(rest[4..]));
        }
    }

    public void Record(long position, ReadOnlySpan<byte> record)
    {
        Assert.True(Records.Count == 0 || position > Records[^1].Position, "records come in order");
        Records.Add((position, record.ToArray()));
        (bool isRemoval, int id) = CrashModel.Parse(record);
        if (position >= _stamps[id % 2])
        {
            CrashModel.Apply(State, isRemoval, id, position);
        }
    }

    public void Progress(long bytesDone, long bytesTotal)
    {
    }
}
