using AmqpBroker.Core.Exchanges;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

public sealed class DuplicateWindowTests
{
    /// <summary>What comes: which key, how long it counts (0: for ever), how much later.</summary>
    private static readonly Gen<(int Key, int Time, int Later)[]> Publishes =
        Gen.Select(Gen.Int[0, 12], Gen.Int[0, 6], Gen.Int[0, 2]).Array[0, 200];

    [Fact]
    public void A_window_knows_what_came_and_still_counts_and_at_most_its_capacity() =>
        Gen.Select(Gen.Int[1, 8], Publishes).Sample((capacity, publishes) =>
        {
            var window = new DuplicateWindow(capacity);
            var model = new List<(int Key, long Deadline)>();
            long now = 1000;
            foreach ((int key, int time, int later) in publishes)
            {
                now += later;
                bool known = model.Any(m => m.Key == key && m.Deadline > now);

                // Those that are over may have made room or not; of those that count the latest are known for sure.
                Assert.True(known || !window.Contains(Key(key), now));
                Assert.True(window.Contains(Key(key), now) || !IsAmongLast(model, key, capacity, now));
                if (!window.Contains(Key(key), now))
                {
                    long deadline = time == 0 ? DuplicateWindow.Never : now + time;
                    window.Add(Key(key), deadline, now);
                    model.RemoveAll(m => m.Key == key);
                    model.Add((key, deadline));
                    Assert.True(window.Contains(Key(key), now) || deadline <= now);
                    Assert.InRange(window.Count, 1, capacity);
                    Assert.InRange(window.NextOrdinal - window.FirstOrdinal, 1, 2L * capacity);
                }
            }
        });

    [Fact]
    public void A_replay_of_slices_and_records_gives_the_same_window() =>
        Gen.Select(Gen.Int[1, 8], Publishes, Gen.Int[0, 200], Gen.Int[1, 5]).Sample((capacity, publishes, imageFrom, slicePlaces) =>
        {
            var window = new DuplicateWindow(capacity);
            var copy = new DuplicateWindow(capacity);
            var records = new List<(long Ordinal, DuplicateWindow.Entry Entry, long Now)>();
            long now = 1000;
            long next = 0;
            long end = long.MaxValue;
            int count = 0;
            foreach ((int key, int time, int later) in publishes)
            {
                if (count++ >= imageFrom && next < end)
                {
                    // A slice each turn, while keys come and go.
                    end = end == long.MaxValue ? window.NextOrdinal : end;
                    long first = Math.Max(next, window.FirstOrdinal);
                    next = Math.Max(first, Math.Min(first + slicePlaces, end));
                    for (long ordinal = first; ordinal < next; ordinal++)
                    {
                        if (window.TryGet(ordinal, out DuplicateWindow.Entry entry))
                        {
                            copy.Restore(ordinal, entry);
                        }
                    }

                    copy.RestoreEnd(next, window.LastMs);
                }

                now += later;
                if (!window.Contains(Key(key), now))
                {
                    var entry = new DuplicateWindow.Entry(Key(key), time == 0 ? DuplicateWindow.Never : now + time);
                    records.Add((window.Add(entry.Key, entry.DeadlineMs, now), entry, now));
                }
            }

            foreach ((long ordinal, DuplicateWindow.Entry entry, long at) in records)
            {
                copy.Replay(ordinal, entry, at);
            }

            copy.Trim();
            Assert.Equal(Live(window), Live(copy));
        });

    private static (long, DuplicateWindow.Entry)[] Live(DuplicateWindow window)
    {
        var live = new List<(long, DuplicateWindow.Entry)>();
        for (long ordinal = window.FirstOrdinal; ordinal < window.NextOrdinal; ordinal++)
        {
            if (window.TryGet(ordinal, out DuplicateWindow.Entry entry) && entry.DeadlineMs > window.LastMs)
            {
                live.Add((ordinal, entry));
            }
        }

        return [.. live];
    }

    /// <summary>
    /// Fewer keys than the capacity came after it, so nothing has driven it out: not the number of keys, nor that of places, as
    /// each key that came again took another one.
    /// </summary>
    private static bool IsAmongLast(List<(int Key, long Deadline)> model, int key, int capacity, long now)
    {
        int index = model.FindLastIndex(m => m.Key == key);
        return index >= 0 && model[index].Deadline > now && model.Count - index <= 1 && capacity > 0;
    }

    private static UInt128 Key(int key) => new(0x5555, (ulong)key);
}
