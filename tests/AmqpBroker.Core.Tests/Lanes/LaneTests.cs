using System.Diagnostics;
using AmqpBroker.Core.Lanes;
using AmqpBroker.Testing;
using Xunit;

namespace AmqpBroker.Core.Tests.Lanes;

public sealed class LaneTests
{
    private readonly LaneTestHost _host = new();
    private readonly ManualSchedule _schedule = new();

    [Fact]
    public void A_free_lane_runs_the_work_on_the_caller_and_does_not_call_Completed()
    {
        Lane lane = new(_host, _schedule.Options);
        int thread = 0;
        TestWork work = new(_host, () => thread = Environment.CurrentManagedThreadId);

        Assert.True(lane.Post(work));
        Assert.True(lane.Post(work));

        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        Assert.Equal((2, 0), (work.Executions, work.Completions));
        Assert.Equal([1, 1], _host.TurnSizes);
        Assert.Equal(0, _schedule.Count);
    }

    [Fact]
    public void A_post_from_inside_waits_and_runs_in_order_after_the_work_that_posted()
    {
        Lane lane = new(_host, _schedule.Options);
        List<string> log = [];
        TestWork second = new(_host, () => log.Add("second"), () => log.Add("second completed"));
        TestWork third = new(_host, () => log.Add("third"), () => log.Add("third completed"));
        TestWork first = new(_host, () =>
        {
            Assert.False(lane.Post(second));
            Assert.False(lane.PostBrief(third));
            log.Add("first");
        });

        Assert.True(lane.Post(first));

        Assert.Empty(_host.Faults);
        Assert.Equal(["first", "second", "third", "second completed", "third completed"], log);
        Assert.Equal([3], _host.TurnSizes);
    }

    [Fact]
    public void Completed_comes_after_EndTurn_and_outside_so_the_work_may_be_posted_again_from_it()
    {
        Lane lane = new(_host, _schedule.Options);
        TestWork? again = null;
        List<bool> results = [];
        again = new(_host, null, () => results.Add(lane.Post(again!)));

        lane.Post(new TestWork(_host, () => lane.Post(again)));

        Assert.Equal([true], results);
        Assert.Equal((2, 1), (again.Executions, again.Completions));
        Assert.Equal([2, 1], _host.TurnSizes);
        Assert.Equal(0, _host.Violations);
    }

    [Fact]
    public void A_holder_runs_the_limit_of_others_and_leaves_the_rest_to_the_next_poster_or_the_pool()
    {
        Lane lane = new(_host, _schedule.Options with { WorksPerTurn = 4 });
        List<int> order = [];
        TestWork[] others = [.. Enumerable.Range(0, 10).Select(i => new TestWork(_host, () => order.Add(i)))];

        lane.Post(new TestWork(_host, () => Array.ForEach(others, w => lane.Post(w))));

        Assert.Equal([0, 1, 2, 3], order);
        Assert.Equal(1, _schedule.Count);
        // Who posts meanwhile does not pass the rest by but takes it up, within the same limit.
        Assert.False(lane.Post(new TestWork(_host, () => order.Add(10))));
        Assert.Equal(Enumerable.Range(0, 8), order);
        // A brief post takes up nothing.
        Assert.False(lane.PostBrief(new TestWork(_host, () => order.Add(11))));
        Assert.Equal(Enumerable.Range(0, 8), order);
        _schedule.RunAll();
        Assert.Equal(Enumerable.Range(0, 12), order);
        Assert.Equal([5, 4, 4], _host.TurnSizes);
        Assert.All(others, w => Assert.Equal((1, 1), (w.Executions, w.Completions)));
        Assert.True(lane.Post(new TestWork(_host)));
    }

    [Fact]
    public void A_holder_lets_go_when_its_time_is_up()
    {
        Lane lane = new(_host, _schedule.Options with { TurnMicroseconds = 200 });
        TestWork slow = new(_host, () =>
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < 250)
            {
            }
        });
        TestWork rest = new(_host);

        lane.Post(new TestWork(_host, () =>
        {
            lane.Post(slow);
            lane.Post(rest);
        }));

        Assert.Equal((1, 0), (slow.Executions, rest.Executions));
        _schedule.RunAll();
        Assert.Equal(1, rest.Executions);
    }

    [Fact]
    public void A_brief_post_runs_and_flushes_only_its_own_work_and_leaves_others_to_the_pool()
    {
        Lane lane = new(_host, _schedule.Options);
        int flushed = 0;
        _host.OnEndTurn = () => new TestEffects(() => flushed++);
        TestWork other = new(_host);

        Assert.True(lane.PostBrief(new TestWork(_host, () => lane.Post(other))));

        Assert.Equal((0, 1), (other.Executions, flushed));
        Assert.Equal(1, _schedule.Count);
        _schedule.RunAll();
        Assert.Equal((1, 1, 2), (other.Executions, other.Completions, flushed));
    }

    [Fact]
    public void A_flush_runs_outside_the_lane_so_the_next_turn_may_run_with_it()
    {
        Lane lane = new(_host, _schedule.Options);
        TestWork inner = new(_host);
        bool free = false;
        _host.OnEndTurn = () =>
        {
            _host.OnEndTurn = null;
            return new TestEffects(() => free = lane.Post(inner));
        };

        lane.Post(new TestWork(_host));

        Assert.True(free);
        Assert.Equal([1, 1], _host.TurnSizes);
    }

    [Fact]
    public void A_work_posted_while_the_turn_ends_is_not_lost()
    {
        Lane lane = new(_host, _schedule.Options);
        TestWork late = new(_host);
        _host.OnEndTurn = () =>
        {
            _host.OnEndTurn = null;
            Assert.False(lane.Post(late));
            return null;
        };

        lane.Post(new TestWork(_host));

        Assert.Equal(0, late.Executions);
        _schedule.RunAll();
        Assert.Equal((1, 1), (late.Executions, late.Completions));
    }

    [Fact]
    public void Faults_of_works_turns_flushes_and_wakeups_are_reported_and_the_lane_goes_on()
    {
        Lane lane = new(_host, _schedule.Options);
        TestWork bad = new(_host, () => throw new FormatException("work"));
        TestWork badWakeUp = new(_host, null, () => throw new FormatException("completed"));
        TestWork good = new(_host);
        int calls = 0;
        _host.OnEndTurn = () => ++calls == 1
            ? new TestEffects(() => throw new FormatException("flush"))
            : null;

        lane.Post(new TestWork(_host, () =>
        {
            lane.Post(bad);
            lane.Post(badWakeUp);
            lane.Post(good);
            throw new FormatException("own");
        }));

        Assert.Equal(["own", "work", "completed", "flush"], _host.Faults.Select(f => f.Exception.Message));
        Assert.Same(bad, _host.Faults[1].Work);
        Assert.Null(_host.Faults[3].Work);
        Assert.Equal((1, 1), (bad.Executions, bad.Completions));
        Assert.Equal((1, 1), (good.Executions, good.Completions));
        Assert.True(lane.Post(good));
    }

    [Fact]
    public void A_brief_flush_that_fails_on_the_pool_is_reported_too()
    {
        Lane lane = new(_host, _schedule.Options);
        _host.OnEndTurn = () => new TestEffects(() => throw new FormatException("flush"));

        lane.PostBrief(new TestWork(_host));
        _schedule.RunAll();

        Assert.Equal("flush", Assert.Single(_host.Faults).Exception.Message);
    }

    [Fact]
    public void A_full_inbox_and_a_second_post_of_one_work_are_refused_without_harm()
    {
        Lane lane = new(_host, _schedule.Options with { InboxLimit = 2 });
        TestWork a = new(_host);
        TestWork b = new(_host);
        TestWork tooMuch = new(_host);
        int refused = 0;
        TestWork? first = null;
        first = new(_host, () =>
        {
            lane.Post(a);
            foreach (TestWork work in (TestWork[])[a, first!])
            {
                Assert.Contains("already", Assert.Throws<InvalidOperationException>(() => lane.Post(work)).Message, StringComparison.Ordinal);
                refused++;
            }
            lane.Post(b);
            Assert.Throws<InvalidOperationException>(() => lane.Post(tooMuch));
            refused++;
        });

        lane.Post(first);

        Assert.Empty(_host.Faults);
        Assert.Equal(3, refused);
        Assert.Equal((1, 1, 0), (a.Executions, b.Executions, tooMuch.Executions));
        Assert.True(lane.Post(tooMuch));
    }

    [Fact]
    public void Posting_allocates_nothing_free_or_contended()
    {
        Lane lane = new(_host, _schedule.Options with { WorksPerTurn = 2 });
        TestWork[] others = [.. Enumerable.Range(0, 8).Select(_ => new TestWork(_host))];
        TestWork first = new(_host, () =>
        {
            foreach (TestWork w in others)
            {
                lane.Post(w);
            }
        });
        _host.TurnSizes.Capacity = 100_000;
        void Round()
        {
            lane.Post(first);
            _schedule.RunAll();
        }
        Round();

        int rounds = others[7].Executions;
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                Round();
                rounds++;
            }
        }));
        Assert.Equal(rounds, others[7].Executions);
    }
}
