using AmqpBroker.Core.Lanes;
using Xunit;

namespace AmqpBroker.Core.Tests.Lanes;

/// <summary>Real threads against the real pool: everything once, alone, in each poster's order, and nobody left waiting.</summary>
public sealed class LaneStressTests
{
    private const int PostsPerPoster = 20_000;

    // A lost wake-up shows as a poster that waits for ever; no run takes a fraction of this.
    private static readonly TimeSpan s_stuck = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(2, 64, 200)]
    [InlineData(8, 64, 200)]
    [InlineData(8, 1, 200)]
    [InlineData(16, 3, 1)]
    public async Task Every_work_runs_once_and_alone_under_many_threads(int posters, int worksPerTurn, int turnMicroseconds)
    {
        LaneTestHost host = new();
        Lane lane = new(host, new LaneOptions { WorksPerTurn = worksPerTurn, TurnMicroseconds = turnMicroseconds });
        Poster[] all = [.. Enumerable.Range(0, posters).Select(i => new Poster(lane, host, brief: i % 4 == 3))];

        Task[] runs = [.. all.Select(p => Task.Factory.StartNew(
            p.Run, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        await Task.WhenAll(runs).WaitAsync(s_stuck, TestContext.Current.CancellationToken);

        Assert.Equal(0, host.Violations);
        Assert.Empty(host.Faults);
        Assert.All(all, p => Assert.Equal((PostsPerPoster, PostsPerPoster, 0), (p.Executed, p.Returned, p.OutOfOrder)));
        Array.ForEach(all, p => p.Dispose());
    }

    // Keeps two works outstanding, as a connection does; each post is answered by true or by Completed, never by both.
    private sealed class Poster : IDisposable
    {
        private readonly Lane _lane;
        private readonly bool _brief;
        private readonly SemaphoreSlim _free = new(2);
        private readonly Numbered[] _works;

        public Poster(Lane lane, LaneTestHost host, bool brief)
        {
            _lane = lane;
            _brief = brief;
            _works = [new Numbered(this, host), new Numbered(this, host)];
        }

        public int Executed;
        public int Returned;
        public int OutOfOrder;

        public void Run()
        {
            for (int i = 0; i < PostsPerPoster; i++)
            {
                _free.Wait();
                Numbered work = _works[0].IsFree() ? _works[0] : _works[1];
                work.Take(i);
                if (_brief ? _lane.PostBrief(work) : _lane.Post(work))
                {
                    work.GiveBack();
                }
            }
            _free.Wait();
            _free.Wait();
        }

        public void Dispose() => _free.Dispose();

        private sealed class Numbered(Poster poster, LaneTestHost host) : LaneWork
        {
            private int _number;
            private int _taken;

            public bool IsFree() => Volatile.Read(ref _taken) == 0;

            public void Take(int number)
            {
                Assert.Equal(0, Interlocked.Exchange(ref _taken, 1));
                _number = number;
            }

            public void GiveBack()
            {
                Interlocked.Increment(ref poster.Returned);
                Volatile.Write(ref _taken, 0);
                poster._free.Release();
            }

            public override void Execute()
            {
                host.WorkRan();
                if (_number != poster.Executed++)
                {
                    poster.OutOfOrder++;
                }
            }

            public override void Completed() => GiveBack();
        }
    }
}
