using System.Globalization;
using AmqpBroker.Testing;
using Xunit;

namespace AmqpBroker.Core.Tests.Damage;

/// <summary>
/// A bit flipped anywhere in a data directory with something of everything: the broker starts, serves what is whole, and says
/// what is not. <c>AMQPBROKER_FLIPS</c> flips more, <c>AMQPBROKER_FLIPS_SEED</c> elsewhere.
/// </summary>
public sealed class BitFlipTests(ITestOutputHelper output)
{
    private const int DefaultFlips = 400;

    /// <summary>What is written once, in the log, is lost with its batch: here never more than a few messages.</summary>
    private const int LinesOfABatch = 8;

    [Theory]
    [InlineData("format-1", false)]
    [InlineData("format-1", true)]
    [InlineData("format-2-log", false)]
    [InlineData("format-2-checkpoint", false)]
    public void Whatever_bit_flips_the_broker_starts_and_says_what_it_has_lost(string name, bool upgraded)
    {
        int flips = Setting("AMQPBROKER_FLIPS", DefaultFlips);
        Random random = new(Setting("AMQPBROKER_FLIPS_SEED", 1));
        DirectoryImage image = DirectoryImage.Load(name);
        image = upgraded ? OpenedBroker.Upgrade(image) : image;
        HashSet<string> whole;
        using (OpenedBroker broker = OpenedBroker.Open(image.ToDisk()))
        {
            whole = broker.State;
            Assert.Empty(broker.PutAside);
        }

        Dictionary<string, List<int>> lost = [];
        List<string> faults = [];
        string[] paths = [.. image.Files.Keys.Order(StringComparer.Ordinal)];
        for (int i = 0; i < flips; i++)
        {
            string path = paths[i % paths.Length];
            int at = random.Next(image.Files[path].Length);
            int bit = random.Next(8);
            Check(image.ToDisk(files => files[path][at] ^= (byte)(1 << bit)), $"bit {bit} of byte {at} of {path}", path, whole, lost, faults, name == "format-1" && !upgraded ? int.MaxValue : path.EndsWith(".log", StringComparison.Ordinal) ? LinesOfABatch : 0);
        }

        foreach ((string kind, List<int> counts) in lost.OrderBy(static l => l.Key, StringComparer.Ordinal))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind}: {counts.Count} flips, {counts.Count(static c => c > 0)} lost something, at most {counts.Max()} of {whole.Count} lines"));
        }

        Assert.True(faults.Count == 0, $"{faults.Count} faults\n{string.Join('\n', faults.Take(30))}");
    }

    /// <summary>A message without how often it was delivered: one batch may tell of a thousand that came back, and lose none.</summary>
    private static string WithoutCounts(string line)
    {
        string[] words = line.Split(' ');
        int message = Array.IndexOf(words, "message");
        return message < 0 ? line : string.Join(' ', words.Where((_, i) => i != message + 4 && i != message + 5));
    }

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out int value) ? value : otherwise;

    private static void Check(SimulatedFileSystem disk, string what, string path, HashSet<string> whole, Dictionary<string, List<int>> lost, List<string> faults, int atMost)
    {
        try
        {
            using OpenedBroker broker = OpenedBroker.Open(disk);
            int missing = whole.Except(broker.State).Count();
            int unknown = broker.State.Except(whole).Count();
            if (broker.Failures.Count > 0)
            {
                faults.Add($"{what}: {broker.Failures[0].Message}");
            }

            if ((missing > 0 || unknown > 0) && !broker.Reported)
            {
                faults.Add($"{what}: {missing} lines missing and {unknown} new, and nothing was said: {string.Join(" | ", whole.Except(broker.State).Concat(broker.State.Except(whole)).Take(3))}");
            }

            string kind = $"{Path.GetFileName(Path.GetDirectoryName(path))} {Path.GetExtension(path)}";
            (lost.TryGetValue(kind, out List<int>? counts) ? counts : lost[kind] = []).Add(missing);
            int gone = whole.Select(WithoutCounts).Except(broker.State.Select(WithoutCounts)).Count();
            if (gone > atMost)
            {
                faults.Add($"{what}: {gone} lines missing, {unknown} new: {string.Join(" ; ", broker.PutAside)} {string.Join(" ; ", broker.Warnings)}");
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            faults.Add($"{what}: {e.GetType().Name} {e.Message} {e.StackTrace}");
        }
    }
}
