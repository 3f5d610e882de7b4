using AmqpBroker.Core.Brokers;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using AmqpBroker.Testing;
using Xunit;

namespace AmqpBroker.Core.Tests.Brokers;

/// <summary>Changes of accounts while the disk has no room: nobody waits without end, and what was begun is not lost.</summary>
public sealed class FullDiskTests : IDisposable
{
    // A few of these fill a segment.
    private static readonly string[] s_manyTags = [.. Enumerable.Range(0, 60).Select(i => $"{i:000}{new string('t', 97)}")];

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private readonly SimulatedFileSystem _disk = new(seed: 1);
    private readonly TaskCompletionSource<string> _warned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Broker _broker;
    private volatile bool _full;

    public FullDiskTests() => _broker = Open();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Administration Administration => _broker.Administration;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task A_change_is_given_up_and_takes_effect_when_there_is_room()
    {
        string last = await FillAsync();
        Assert.True(_broker.DiskFull);
        AdministrationException refused = await Assert.ThrowsAsync<AdministrationException>(() => Administration.PutUserAsync("late", "p", []));
        Assert.Equal(Refusal.DiskFull, refused.Refusal);
        Assert.Equal("the disk is full: nothing has changed", refused.Message);
        Assert.False(HasUser(last));

        GiveRoom();
        Assert.True(await Administration.PutUserAsync("next", "p", [])); // waits for what was left on the way
        Assert.True(HasUser(last));
        Assert.False(HasUser("late"));
        await EndOfAlarmAsync();
        Reopen();
        Assert.True(HasUser(last) && HasUser("next") && !HasUser("late"));
        Assert.False(_warned.Task.IsCompleted);
    }

    [Fact]
    public async Task A_virtual_host_is_made_when_there_is_room_or_not_at_all()
    {
        await FillAsync();
        AdministrationException refused = await Assert.ThrowsAsync<AdministrationException>(() => Administration.PutVirtualHostAsync("v", static s => s));
        Assert.Equal("the disk is full: nothing has changed", refused.Message);
        Assert.Null(_broker.FindVirtualHost(ShortString.FromString("v")));
        GiveRoom();
        Assert.True(await Administration.PutVirtualHostAsync("v", static s => s));
        Assert.NotNull(_broker.FindVirtualHost(ShortString.FromString("v")));
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_room()
    {
        string last = await FillAsync();
        _broker.Dispose();
        GiveRoom();
        _broker = Open();
        Assert.False(HasUser(last));
        Assert.True(HasUser("u0"));
        Assert.Contains("was not made", await _warned.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation), StringComparison.Ordinal);
    }

    /// <summary>Takes the rest of the disk and makes users until one is left on the way. Gives its name.</summary>
    private async Task<string> FillAsync()
    {
        await Administration.PutUserAsync("u0", "p", s_manyTags);
        _disk.CapacityBytes = 0;
        for (int i = 1; ; i++)
        {
            try
            {
                Task put = Administration.PutUserAsync($"u{i}", "p", s_manyTags);
                while (!put.IsCompleted && !_broker.DiskFull)
                {
                    await Task.Delay(1, Cancellation); // waits because the disk says that it is full to nobody else
                }

                _full = _broker.DiskFull;
                await put;
            }
            catch (AdministrationException refused) when (refused.Refusal == Refusal.DiskFull)
            {
                Assert.Equal("the disk is full: the change takes effect when the disk has taken it", refused.Message);
                return $"u{i}";
            }
        }
    }

    private void GiveRoom()
    {
        _full = false;
        _disk.CapacityBytes = long.MaxValue;
    }

    private async Task EndOfAlarmAsync()
    {
        while (_broker.DiskFull)
        {
            await Task.Delay(5, Cancellation); // waits because the alarm is looked at, as the gauge of the server does
        }
    }

    private bool HasUser(string name) => _broker.Accounts.FindUser(ShortString.FromString(name)) is not null;

    private void Reopen()
    {
        _broker.Dispose();
        _broker = Open();
    }

    private Broker Open() => Broker.Open(
        new BrokerOptions(), new Journals(_disk), new HastyClock(() => _full), static _ => { }, what => _warned.TrySetResult(what));

    /// <summary>The accounts on the simulated disk, with small segments; virtual hosts in memory.</summary>
    private sealed class Journals(SimulatedFileSystem disk) : IJournalFactory
    {
        public IJournal Open(string name, IJournalReplay replay, out bool cleanStop)
        {
            cleanStop = true;
            return name != "server" ? new MemoryJournal() : FileJournal.Open(
                new FileJournalOptions
                {
                    Directory = name,
                    FirstSegmentBytes = FileJournalOptions.SmallestSegmentBytes,
                    MaxSegmentBytes = FileJournalOptions.SmallestSegmentBytes,
                    DiskFullRetry = TimeSpan.FromMilliseconds(10),
                    CloseTimeout = TimeSpan.FromMilliseconds(500),
                },
                disk,
                replay);
        }

        public void Delete(string name)
        {
        }
    }

    /// <summary>
    /// Who waits for a disk that is full loses patience at once; who waits for a machine that has much else to do does not.
    /// </summary>
    private sealed class HastyClock(Func<bool> isFull) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime <= TimeSpan.Zero)
            {
                return base.CreateTimer(callback, state, dueTime, period);
            }

            long begun = GetTimestamp();
            int fired = 0;
            TimerCallback look = s =>
            {
                if ((isFull() || GetElapsedTime(begun) >= dueTime) && Interlocked.Exchange(ref fired, 1) == 0)
                {
                    callback(s);
                }
            };
            return base.CreateTimer(look, state, s_look, s_look);
        }
    }
}
