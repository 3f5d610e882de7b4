using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Connections;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>A batch is filled only while it is not under way, whenever the lane finishes with the other.</summary>
public sealed class BatchPipeTests : IDisposable
{
    private readonly List<Exception> _failures = [];
    private readonly Broker _broker;
    private readonly VirtualHostRuntime _host;
    private readonly Session _session;
    private ushort _channels;

    public BatchPipeTests()
    {
        _broker = Broker.Open(new BrokerOptions(), new MemoryJournals(), TimeProvider.System, _failures.Add);
        _host = _broker.FindVirtualHost(ShortString.FromString("/"))!;
        _session = new Session(_host, new NoOutput(), new SessionIdentity
        {
            User = _broker.Login(ShortString.FromString("guest"), "guest"u8)!,
            ConnectionName = "test",
        });
    }

    public void Dispose()
    {
        _broker.Dispose();
        Assert.Empty(_failures);
    }

    /// <summary>
    /// The lane may finish between the post and the poster's look at its result, which then is there without anybody
    /// having awaited it. The next wait must be one of its own.
    /// </summary>
    [Fact]
    public void A_wait_that_was_over_when_it_was_looked_at_does_not_end_the_next()
    {
        var pipe = new BatchPipe(_host, _session);
        for (int round = 0; round < 3; round++)
        {
            using var hold = new Hold(_host);
            CommandBatch first = Fill(pipe);
            Post(pipe);
            CommandBatch second = Fill(pipe);
            Assert.NotSame(first, second);
#pragma warning disable CA2012 // as a poster does that looks before it awaits
            ValueTask both = pipe.PostAsync();
#pragma warning restore CA2012
            Assert.False(both.IsCompleted);

            hold.Release();
            SpinWait.SpinUntil(() => both.IsCompleted); // looks, and fetches nothing: that is the point
            Assert.True(both.IsCompletedSuccessfully);
            Assert.True(pipe.Current.IsEmpty);
        }
    }

    [Fact]
    public async Task The_end_waits_for_both_batches()
    {
        var pipe = new BatchPipe(_host, _session);
        using var hold = new Hold(_host);
        CommandBatch first = Fill(pipe);
        Post(pipe);
        CommandBatch second = Fill(pipe);
        Task end = pipe.CompleteAsync().AsTask();
        Assert.False(end.IsCompleted);
        hold.Release();
        await end;
        Assert.True(first.IsEmpty);
        Assert.True(second.IsEmpty);
    }

    private static void Post(BatchPipe pipe)
    {
        Task post = pipe.PostAsync().AsTask();
        Assert.True(post.IsCompletedSuccessfully);
    }

    private CommandBatch Fill(BatchPipe pipe)
    {
        CommandBatch batch = pipe.Current;
        Assert.True(batch.IsEmpty);
        batch.OpenChannel(new ChannelSession(_session, ++_channels));
        return batch;
    }

    /// <summary>Holds the lane, as a long turn of another connection would.</summary>
    private sealed class Hold : LaneWork, IDisposable
    {
        private readonly ManualResetEventSlim _entered = new();
        private readonly ManualResetEventSlim _released = new();
        private readonly Thread _thread;

        public Hold(VirtualHostRuntime host)
        {
            _thread = new Thread(() => host.Post(this));
            _thread.Start();
            _entered.Wait();
        }

        public override void Execute()
        {
            _entered.Set();
            _released.Wait();
        }

        /// <summary>Lets the lane go, to run what waited.</summary>
        public void Release()
        {
            _released.Set();
            _thread.Join();
        }

        public void Dispose()
        {
            Release();
            _entered.Dispose();
            _released.Dispose();
        }
    }

    private sealed class NoOutput : ISessionOutput
    {
        public void Enqueue(OutboundChunk chunk)
        {
        }

        public void Flush()
        {
        }

        public void ChannelClosing(ChannelSession channel)
        {
        }

        public void ConnectionClosing()
        {
        }
    }
}
