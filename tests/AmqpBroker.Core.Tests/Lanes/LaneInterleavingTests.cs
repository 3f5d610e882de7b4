using AmqpBroker.Core.Lanes;
using Xunit;

namespace AmqpBroker.Core.Tests.Lanes;

/// <summary>
/// All orders of a few posters and the pool, switched before every post and between all steps of a turn: take the gate,
/// execute, look for more, end the turn, let the gate go. In each order every work must run once, in the order of
/// the posts, and the lane must be free at the end: no wake-up is lost.
/// </summary>
public sealed class LaneInterleavingTests
{
    [Theory]
    [InlineData(2, 2, 64, false)]
    [InlineData(3, 1, 64, false)]
    [InlineData(3, 1, 1, false)]
    [InlineData(2, 2, 1, true)]
    public void No_order_loses_doubles_or_reorders_a_work(int posters, int posts, int worksPerTurn, bool brief)
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
            host = new YieldingHost(threads);
            lane = new Lane(host, new LaneOptions
            {
                TurnMicroseconds = 0,
                WorksPerTurn = worksPerTurn,
                Schedule = item => threads.Start(item.Execute),
            });
            return [.. Enumerable.Range(0, posters).Select(p => (Action)(() => RunPoster(p)))];
        }

        void RunPoster(int poster)
        {
            for (int i = 0; i < posts; i++)
            {
                threads.Yield();
                int number = poster * posts + i;
                posted.Add(number);
                YieldingWork work = new(threads, () => executed.Add(number), () => answered.Add(number));
                if (brief && i == 0 ? lane.PostBrief(work) : lane.Post(work))
                {
                    answered.Add(number);
                }
            }
        }

        int handOvers = 0;
        threads.Explore(NewRun, () =>
        {
            Assert.Equal(posters * posts, posted.Count);
            Assert.Equal(posted, executed);
            Assert.Equal(posted.Order(), answered.Order());
            handOvers += threads.Started - posters;
            host.IsOver = true;
            bool free = false;
            lane.Post(new FinalWork(() => free = true));
            Assert.True(free);
        });
        // The exploration is worth its name: many orders, and some of them end with works left for the pool.
        Assert.True(threads.Runs > 500, $"{threads.Runs} orders");
        Assert.True(handOvers > 0);
        TestContext.Current.TestOutputHelper?.WriteLine($"{threads.Runs} orders, {handOvers} times handed over");
    }

    private sealed class YieldingHost(Interleaver threads) : ILaneHost
    {
        public bool IsOver { get; set; }

        public void BeginTurn()
        {
        }

        public TurnEffects? EndTurn()
        {
            if (!IsOver)
            {
                threads.Yield();
            }
            return null;
        }

        public void OnFault(LaneWork? work, Exception exception) =>
            throw new InvalidOperationException("No fault is expected.", exception);
    }

    private sealed class YieldingWork(Interleaver threads, Action execute, Action completed) : LaneWork
    {
        public override void Execute()
        {
            threads.Yield();
            execute();
        }

        public override void Completed() => completed();
    }

    private sealed class FinalWork(Action execute) : LaneWork
    {
        public override void Execute() => execute();
    }
}
