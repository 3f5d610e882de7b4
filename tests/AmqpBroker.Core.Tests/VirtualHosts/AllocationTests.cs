using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.VirtualHosts;

/// <summary>
/// In the long run nothing is allocated for a message on its way through the core. Alone: other tests would take from the
/// pools that all threads share.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class AllocationTests
{
    private const int Messages = 100_000;
    private const int PerRead = 50;

    [Theory]
    [InlineData(false, 20)]
    [InlineData(true, 20)]
    [InlineData(true, 3000)]
    public void Publish_deliver_and_ack_allocate_nothing(bool persistent, int bodyBytes)
    {
        using var journal = new RecyclingJournal();
        var host = new VirtualHost(ShortString.FromString("/"), new Random(1).NextBytes);
        host.Attach(journal);
        using var runtime = new VirtualHostRuntime(
            host, journal, new ManualClock(), static e => throw e, Assert.Fail, new LaneOptions { Schedule = static item => item.Execute() });
        var output = new Sink();
        var session = new Session(runtime, output, new SessionIdentity
        {
            User = new User { Name = ShortString.FromString("guest") },
            ConnectionName = "test",
        });
        output.Session = session;
        var channel = new ChannelSession(session, 1);
        var batch = new CommandBatch(session, static _ => { });
        ShortString queue = ShortString.FromString("q");
        batch.OpenChannel(channel);
        batch.Method(channel, new QueueDeclare(queue, false, Durable: true, false, false, false, FieldTable.Empty));
        batch.Method(channel, new ConfirmSelect(false));
        batch.Method(channel, new BasicQos(0, 200, false));
        batch.Method(channel, new BasicConsume(queue, ShortString.FromString("c"), false, false, false, false, FieldTable.Empty));
        Run();
        byte[] properties = persistent ? new BasicPropertiesEditor().Set(BasicProperty.DeliveryMode, 2).Build() : new BasicPropertiesEditor().Build();
        byte[] body = new byte[bodyBytes];
        ulong tag = 0;
        Work(Messages / 5);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Work(Messages);
        long perMessage = (GC.GetAllocatedBytesForCurrentThread() - before) / Messages;
        Assert.True(output.Contents >= Messages);
        Assert.Equal(0, perMessage);

        void Work(int count)
        {
            for (int i = 0; i < count; i += PerRead)
            {
                for (int j = 0; j < PerRead; j++)
                {
                    Message message = Message.Rent(ShortString.Empty, queue);
                    message.SetProperties(properties);
                    message.AppendBody(body);
                    batch.Publish(channel, message, false, false);
                }

                Run();
                tag += PerRead;
                batch.Ack(channel, tag - 1, multiple: true);
                batch.Ack(channel, tag, multiple: false);
                Run();
            }
        }

        void Run()
        {
            if (runtime.Post(batch))
            {
                batch.Completed();
            }
        }
    }

    private sealed class Sink : ISessionOutput
    {
        private OutboundChunk? _first;

        internal Session Session { get; set; } = null!;

        internal long Contents { get; private set; }

        public void Enqueue(OutboundChunk chunk)
        {
            chunk.Next = _first;
            _first = chunk;
        }

        public void Flush()
        {
            long bytes = 0;
            while (_first is { } chunk)
            {
                _first = chunk.Next;
                bytes += chunk.Bytes;
                Contents += chunk.Items.Length;
                chunk.Recycle();
            }

            Session.Drained(bytes);
        }

        public void ChannelClosing(ChannelSession channel) => Assert.Fail("The channel failed.");

        public void ConnectionClosing() => Assert.Fail("The connection failed.");
    }

    /// <summary>Commits at once and forgets. Its batches come from a memory journal, whose Dispose takes the open one back into the pool.</summary>
    private sealed class RecyclingJournal : IJournal
    {
        private readonly MemoryJournal _source = new(manualStepping: true);
        private ICommitListener? _listener;

        public long NextPosition { get; private set; }

        public bool HasRoom => true;

        public long CommittedPosition => NextPosition;

        public long BytesSinceCheckpoint => 0;

        public JournalBatch Begin() => _source.Begin();

        public void Append(JournalBatch batch)
        {
            NextPosition += batch.Position;
            _source.Dispose();
            _listener!.Committed(NextPosition);
        }

        public void Subscribe(ICommitListener listener) => _listener = listener;

        public void ReadAt(long position, Span<byte> destination) => throw new NotSupportedException();

        public void ReadRecords(long from, long upTo, JournalRecordVisitor visit) => throw new NotSupportedException();

        public void ReadLater(IJournalRead read) => throw new NotSupportedException();

        public long RegionOf(long position) => throw new NotSupportedException();

        public void AddLive(long position, long bytes)
        {
        }

        public void RemoveLive(long position, long bytes)
        {
        }

        public ICheckpointWriter BeginCheckpoint() => throw new NotSupportedException();

        public void Dispose() => _source.Dispose();
    }
}
