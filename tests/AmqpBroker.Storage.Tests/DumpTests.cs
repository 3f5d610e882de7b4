using AmqpBroker.JournalDump;

namespace AmqpBroker.Storage.Tests;

/// <summary>The dump prints every file of the store, verifies it, and is not stopped by damage.</summary>
public sealed class DumpTests
{
    [Fact]
    public void It_prints_segments_checkpoints_and_records_and_finds_them_whole()
    {
        using TempDirectory directory = Build();
        (bool whole, string text) = Print(directory.Path);
        Assert.True(whole, text);
        Assert.Contains("manifest of checkpoint 1", text);
        Assert.Contains("the image", text);
        Assert.Contains("Closed", text);
        Assert.Contains("record 199", text);
        Assert.Contains("spare segment", text);
    }

    [Fact]
    public void It_finds_a_flipped_bit_in_any_file_and_goes_on()
    {
        using TempDirectory directory = Build();
        foreach (string path in Directory.GetFiles(directory.Path))
        {
            byte[] original = File.ReadAllBytes(path);
            int used = original.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            for (int at = 0; at < used; at += 1 + used / 40)
            {
                // Between the header and the first batch, and behind the last, nothing is checked: nothing is there.
                if (original[at] == 0)
                {
                    continue;
                }

                byte[] damaged = [.. original];
                damaged[at] ^= 16;
                File.WriteAllBytes(path, damaged);
                (bool whole, string text) = Print(path);
                Assert.False(whole && !text.Contains("not a file of the journal", StringComparison.Ordinal), $"byte {at} of {path}: {text}");
            }

            File.WriteAllBytes(path, original);
        }
    }

    [Fact]
    public void Whatever_is_in_a_file_and_wherever_it_ends_the_dump_goes_on()
    {
        using TempDirectory directory = Build();
        Random random = new(9);
        string[] paths = Directory.GetFiles(directory.Path);
        Directory.CreateDirectory(directory["quarantine"]);
        string[] names = [.. paths.Select(static p => Path.GetFileName(p)), "quarantine/segment-0000000001.log-4096-700", "quarantine/tail-segment-0000000001.log-64-9", "quarantine/checkpoint-0000000001.images-64-33", "backup.manifest"];
        foreach (string path in paths)
        {
            byte[] original = File.ReadAllBytes(path);
            for (int i = 0; i < 12; i++)
            {
                // Cut, mixed up, or all of it chance.
                byte[] bytes = original[..random.Next(original.Length + 1)];
                if (i % 3 == 1)
                {
                    random.NextBytes(bytes.AsSpan(random.Next(bytes.Length + 1)));
                }

                string target = directory[i % 2 == 0 ? Path.GetFileName(path) : names[random.Next(names.Length)]];
                File.WriteAllBytes(target, bytes);
                Print(target);
                Print(directory.Path);
            }

            File.WriteAllBytes(path, original);
        }
    }

    [Fact]
    public void What_was_put_aside_is_shown_as_far_as_it_can_be_read()
    {
        using TempDirectory directory = Build();
        string segment = Directory.GetFiles(directory.Path, "segment-*").First(static f => File.ReadAllBytes(f).AsSpan().IndexOf("record 180 "u8) > 0);
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[bytes.AsSpan().IndexOf("record 180 "u8)] ^= 1;
        File.WriteAllBytes(segment, bytes);
        FileJournalTests.Open(directory).Dispose();
        string text = Print(Assert.Single(Directory.GetFiles(directory["quarantine"]))).Text;
        Assert.Contains("Records, epoch 1", text);
        Assert.Contains("ecord 180 ", text);
    }

    private static (bool Whole, string Text) Print(string path)
    {
        StringWriter output = new();
        bool whole = new Dump(DumpOptions.Parse([path, "--records"]), output).Run();
        return (whole, output.ToString());
    }

    private static TempDirectory Build()
    {
        TempDirectory directory = new();
        using FileJournal journal = FileJournalTests.Open(directory);
        for (int i = 0; i < 200; i++)
        {
            journal.AppendText($"record {i} {new string('z', 100)}");
            journal.RunOneGroup();
            journal.RunBackground();
            if (i == 150)
            {
                ICheckpointWriter checkpoint = journal.BeginCheckpoint();
                checkpoint.Add(journal.NextPosition, "the image"u8);
                checkpoint.Complete();
            }
        }

        return directory;
    }
}
