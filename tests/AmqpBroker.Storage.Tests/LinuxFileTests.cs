namespace AmqpBroker.Storage.Tests;

/// <summary>
/// Writes to reserved room, of which the large ones go past the page cache: the file reads the same as if they had not.
/// </summary>
public sealed class LinuxFileTests
{
    private const int FileBytes = 8 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Writes_of_all_sizes_one_after_the_other_read_as_they_were_written(int seed)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux's own calls.");
        Random random = new(seed);
        using TempDirectory directory = new();
        using IFile file = FileSystems.Machine.Open(Path.Combine(directory.Path, "file"), create: true);
        file.Allocate(FileBytes);
        byte[] model = new byte[FileBytes];
        WritePass(file, model, random);
        file.Sync();
        Assert.Equal(model, ReadAll(file));

        // The second time the room is no longer new.
        WritePass(file, model, random);
        Assert.Equal(model, ReadAll(file));
        Assert.Equal(FileBytes, file.Length);
    }

    [Fact]
    public async Task A_reader_beside_large_writes_gets_what_was_there_before()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux's own calls.");
        using TempDirectory directory = new();
        using IFile file = FileSystems.Machine.Open(Path.Combine(directory.Path, "file"), create: true);
        file.Allocate(FileBytes);
        byte[] first = new byte[5000];
        Array.Fill(first, (byte)9);
        file.Write(0, [first]);
        using CancellationTokenSource done = new();
        Task<int> reading = Task.Run(() => ReadUntil(file, first.Length, done.Token), TestContext.Current.CancellationToken);
        byte[] large = new byte[300_001];
        Array.Fill(large, (byte)7);
        for (long at = first.Length; at + large.Length <= FileBytes; at += large.Length)
        {
            file.Write(at, [large]);
        }

        await done.CancelAsync();
        Assert.True(await reading > 0);
    }

    [Fact]
    public void What_is_written_past_the_reserved_room_makes_the_file_longer_and_reads_back()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux's own calls.");
        using TempDirectory directory = new();
        using IFile file = FileSystems.Machine.Open(Path.Combine(directory.Path, "file"), create: true);
        file.Allocate(500_000);
        byte[] bytes = new byte[700_001];
        new Random(1).NextBytes(bytes);
        file.Write(0, [bytes.AsMemory(0, 300_000), bytes.AsMemory(300_000)]);
        Assert.Equal(bytes, ReadAll(file));
    }

    private static int ReadUntil(IFile file, int bytes, CancellationToken done)
    {
        int readings = 0;
        byte[] read = new byte[bytes];
        do
        {
            Assert.Equal(bytes, file.Read(0, read));
            Assert.False(read.AsSpan().ContainsAnyExcept((byte)9));
            readings++;
        }
        while (!done.IsCancellationRequested);

        return readings;
    }

    private static void WritePass(IFile file, byte[] model, Random random)
    {
        int offset = 0;
        while (offset < model.Length)
        {
            int left = model.Length - offset;
            int bytes = Math.Min(left, random.Next(4) switch
            {
                0 => random.Next(1, 10_000),
                1 => 4096 * random.Next(60, 70),
                2 => random.Next(1 << 18, 1 << 19),
                _ => random.Next(1 << 20, 5 << 19),
            });
            random.NextBytes(model.AsSpan(offset, bytes));
            file.Write(offset, Cut(model.AsMemory(offset, bytes), random));
            offset += bytes;
        }
    }

    /// <summary>In pieces, some of them empty.</summary>
    private static ReadOnlyMemory<byte>[] Cut(ReadOnlyMemory<byte> bytes, Random random)
    {
        List<ReadOnlyMemory<byte>> pieces = [];
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, random.Next(3) * random.Next(1, 40_000));
            pieces.Add(bytes[..count]);
            bytes = bytes[count..];
        }

        return [.. pieces];
    }

    private static byte[] ReadAll(IFile file)
    {
        byte[] bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.Read(0, bytes));
        return bytes;
    }
}
