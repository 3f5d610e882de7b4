using AmqpBroker.Core.Lanes;
using Xunit;

namespace AmqpBroker.Core.Tests.Lanes;

/// <summary>
/// All orders of a few posters and the pool. In each order every work must run once and be answered once, and the lane
/// must be free at the end: no wake-up is lost. Switched between the steps of a turn (post, execute, end), works also
/// run in the order of all posts; switched between the gate's own atomic steps, where a post has no one moment, in
/// the order of each poster.
/// </summary>
public sealed class LaneInterleavingTests
{
    [Theory]
    [InlineData(2, 2, 64, false, false)]
    [InlineData(3, 1, 64, false, false)]
    [InlineData(3, 1, 1, false, false)]
    [InlineData(2, 2, 1, true, false)]
    [InlineData(2, 1, 64, false, true)]
    [InlineData(2, 1, 64, true, true)]
    [InlineData(2, 1, 1, true, true)]
    public void No_order_loses_doubles_or_reorders_a_work(int posters, int posts, int worksPerTurn, bool brief, bool inGate) =>
        Explore(posters, posts, worksPerTurn, brief, inGate, randomRuns: 0);

    [Theory]
    [InlineData(3, 2, 64, false)]
    [InlineData(3, 2, 1, true)]
    [InlineData(4, 2, 2, true)]
    public void No_random_order_of_more_posters_does_either(int posters, int posts, int worksPerTurn, bool brief) =>
        Explore(posters, posts, worksPerTurn, brief, inGate: true, randomRuns: 1000);

    private static void Explore(int posters, int posts, int worksPerTurn, bool brief, bool inGate, int randomRuns)
    {
        using Interleaver threads = new();
        List<int> posted = [];
        List<int> executed = [];
        List<int> answered = [];
        YieldingHost host = null!;
        Lane lane = null!;

        Action[] NewRun()
        {
            posted.Clear();
            executed.Clear();
            answered.Clear();
            host = new YieldingHost(threads, inTurn: !inGate);
            lane = new Lane(host, new LaneOptions
            {
                TurnMicroseconds = 0,
                WorksPerTurn = worksPerTurn,
                Probe = inGate ? () => host.Switch() : null,
                Schedule = item => threads.Start(item.Execute),
            });
            return [.. Enumerable.Range(0, posters).Select(p => (Action)(() => RunPoster(p)))];
        }

        void RunPoster(int poster)
        {
            for (int i = 0; i < posts; i++)
            {
                host.SwitchInTurn();
                int number = poster * posts + i;
                posted.Add(number);
                YieldingWork work = new(host, () => executed.Add(number), () => answered.Add(number));
                if (brief && number % 2 == 0 ? lane.PostBrief(work) : lane.Post(work))
                {
                    answered.Add(number);
                }
            }
        }

        int handOvers = 0;
        threads.Explore(NewRun, randomRuns, () =>
        {
            Assert.Equal(posters * posts, posted.Count);
            if (inGate)
            {
                Assert.Equal(posted.Order(), executed.Order());
                Assert.All(executed.GroupBy(n => n / posts), g => Assert.Equal(g.Order(), g));
            }
            else
            {
                Assert.Equal(posted, executed);
            }
            Assert.Equal(posted.Order(), answered.Order());
            handOvers += threads.Started - posters;
            host.IsOver = true;
            bool free = false;
            lane.Post(new FinalWork(() => free = true));
            Assert.True(free);
        });
        // The exploration is worth its name: many orders, and some of them end with works left for the pool.
        Assert.True(threads.Runs > 100, $"{threads.Runs} orders");
        Assert.True(handOvers > 0);
        TestContext.Current.TestOutputHelper?.WriteLine($"{threads.Runs} orders, {handOvers} times handed over");
    }

    private sealed class YieldingHost(Interleaver threads, bool inTurn) : ILaneHost
    {
        public bool IsOver { get; set; }

        public void Switch()
        {
            if (!IsOver)
            {
                threads.Yield();
            }
        }

        public void SwitchInTurn()
        {
            if (inTurn)
            {
                Switch();
            }
        }

        public void BeginTurn()
        {
        }

        public TurnEffects? EndTurn()
        {
            Switch();
            return null;
        }

        public void OnFault(LaneWork? work, Exception exception) =>
            throw new InvalidOperationException("No fault is expected.", exception);
    }

    private sealed class YieldingWork(YieldingHost host, Action execute, Action completed) : LaneWork
    {
        public override void Execute()
        {
            host.SwitchInTurn();
            execute();
        }

        public override void Completed() => completed();
    }

    private sealed class FinalWork(Action execute) : LaneWork
    {
        public override void Execute() => execute();
    }
}
