using AmqpBroker.Server.Timing;

namespace AmqpBroker.Server.Tests;

/// <summary>Deadlines are noticed in time, once, and not after they were taken back.</summary>
public sealed class DeadlineWheelTests
{
    private long _nowMs = 1_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_deadline_is_noticed_within_a_tick(int seed)
    {
        var random = new Random(seed);
        using var wheel = new DeadlineWheel(() => _nowMs);
        var entries = new List<Entry>();
        for (int step = 0; step < 3000; step++)
        {
            if (random.Next(2) == 0)
            {
                var entry = new Entry { ExpectedMs = _nowMs + random.Next(200_000) };
                entries.Add(entry);
                wheel.Schedule(entry, entry.ExpectedMs);
            }

            if (entries.Count > 0 && random.Next(3) == 0)
            {
                Entry entry = entries[random.Next(entries.Count)];
                if (entry.DueAtMs < 0)
                {
                    entry.Cancelled = random.Next(2) == 0;
                    if (entry.Cancelled)
                    {
                        wheel.Cancel(entry);
                    }
                    else
                    {
                        entry.ExpectedMs = _nowMs + random.Next(200_000);
                        wheel.Schedule(entry, entry.ExpectedMs);
                    }
                }
            }

            Pass(wheel, random.Next(3) * 60);
        }

        Pass(wheel, 300_000);
        Assert.All(entries, entry =>
        {
            if (entry.Cancelled)
            {
                Assert.Equal(-1, entry.DueAtMs);
            }
            else
            {
                Assert.InRange(entry.DueAtMs, entry.ExpectedMs, entry.ExpectedMs + (2 * DeadlineWheel.TickMs));
            }
        });
    }

    [Fact]
    public void A_long_pause_makes_everything_due_that_passed_in_it()
    {
        using var wheel = new DeadlineWheel(() => _nowMs);
        var soon = new Entry();
        var later = new Entry();
        wheel.Schedule(soon, _nowMs + 100);
        wheel.Schedule(later, _nowMs + 10_000_000);
        _nowMs += 9_000_000;
        wheel.Advance();
        Assert.True(soon.DueAtMs > 0);
        Assert.Equal(-1, later.DueAtMs);
        Pass(wheel, 1_000_200);
        Assert.True(later.DueAtMs > 0);
    }

    private void Pass(DeadlineWheel wheel, long milliseconds)
    {
        long end = _nowMs + milliseconds;
        while (_nowMs < end)
        {
            _nowMs += Math.Min(60, end - _nowMs);
            wheel.Advance();
        }
    }

    private sealed class Entry : WheelEntry
    {
        public long ExpectedMs { get; set; }

        public bool Cancelled { get; set; }

        public long DueAtMs { get; private set; } = -1;

        internal override void OnDue(long nowMs)
        {
            Assert.Equal(-1, DueAtMs);
            DueAtMs = nowMs;
        }
    }
}
