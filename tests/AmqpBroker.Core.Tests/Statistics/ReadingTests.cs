using AmqpBroker.Core.Statistics;
using Xunit;

namespace AmqpBroker.Core.Tests.Statistics;

/// <summary>Figures sample by sample, and what rates come of them.</summary>
public sealed class ReadingTests
{
    private const double IntervalMs = 5000;

    [Fact]
    public void A_history_keeps_the_newest_samples_in_order()
    {
        var history = new History(width: 2, capacity: 3);
        for (long tick = 1; tick <= 5; tick++)
        {
            history.Append(tick, [tick * 10, -tick]);
        }

        Assert.Equal(3, history.Count);
        Assert.Equal([3, 30, -3, 4, 40, -4, 5, 50, -5], history.Copy(10));
        Assert.Equal([5, 50, -5], history.Copy(1));
        Assert.Equal([40, -4], history.ValuesFromEnd(1, out long tick4).ToArray());
        Assert.Equal(4, tick4);
    }

    [Fact]
    public void A_rate_is_of_the_last_two_ticks_and_nothing_when_nothing_was_counted_then()
    {
        long[] samples = [99, 0, 0, 100, 50, 5];
        Assert.Equal(10, new Reading([60, 5], samples, tick: 100, IntervalMs).Rate(0));
        Assert.Equal(11, new Reading([60, 5], samples, tick: 100, IntervalMs).Rate(0, 1));
        Assert.Equal(0, new Reading([60, 5], samples, tick: 101, IntervalMs).Rate(0));
        Assert.Equal(0, new Reading([60, 5], [], tick: 0, IntervalMs).Rate(0));
        Assert.Equal(65, new Reading([60, 5], samples, tick: 100, IntervalMs).Value(0, 1));
    }

    [Fact]
    public void Samples_go_back_in_time_and_hold_what_was_last_known()
    {
        var reading = new Reading([9], [90, 1, 97, 5, 100, 8], tick: 100, IntervalMs);
        Assert.Equal(
            [(500_000, 8), (495_000, 5), (490_000, 5), (485_000, 5), (480_000, 1)],
            reading.Samples(ageMs: 20_000, stepMs: 5_000, 0));
        Assert.Equal([(500_000, 8), (480_000, 1)], reading.Samples(ageMs: 20_000, stepMs: 20_000, 0));
        Assert.Empty(new Reading([9], [], tick: 0, IntervalMs).Samples(20_000, 5_000, 0));
    }

    [Fact]
    public void What_has_not_counted_for_some_ticks_says_since_when()
    {
        Assert.Null(new Reading([1], [99, 1], tick: 100, IntervalMs).IdleSince);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(495_000), new Reading([1], [99, 1], tick: 101, IntervalMs).IdleSince);
    }
}
