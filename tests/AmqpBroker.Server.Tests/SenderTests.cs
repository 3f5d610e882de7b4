using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Output;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>Frames out: in order, whole, never waiting for a slow peer, and everything given back.</summary>
public sealed class SenderTests
{
    private static readonly BasicDeliver s_deliver = new(ShortString.FromString("tag"), 1, false, ShortString.FromString("x"), ShortString.FromString("k"));

    public static TheoryData<int, uint, int> Bodies
    {
        get
        {
            var data = new TheoryData<int, uint, int>();
            foreach (uint frameMax in (uint[])[4096, 131072])
            {
                int payload = (int)frameMax - 8;
                foreach (int size in (int[])[0, 1, 100, 8191, 8192, 8193, payload - 1, payload, payload + 1, 3 * payload, 500_000])
                {
                    foreach (int piece in (int[])[int.MaxValue, 5000, 20_000])
                    {
                        data.Add(size, frameMax, piece);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Contents_go_out_as_a_plain_writer_writes_them(int size, uint frameMax, int piece)
    {
        var peer = new Peer(frameMax);
        byte[] body = RandomBytes(size);
        byte[] properties = Properties(20);
        var expected = new List<byte>();
        for (int i = 0; i < 3; i++)
        {
            peer.Sender.Enqueue(ChunkWith(body, properties, piece));
            expected.AddRange(Reference(body, properties, frameMax));
        }

        peer.Sender.Flush();
        await peer.Sender.WhenSentAsync();
        AssertSame([.. expected], await peer.ReadAllAsync());
    }

    [Fact]
    public async Task A_peer_that_takes_a_few_bytes_at_a_time_gets_everything_in_order()
    {
        var peer = new Peer(4096, capacity: 1000);
        var expected = new List<byte>();
        for (int i = 0; i < 40; i++)
        {
            byte[] body = RandomBytes(i * 997);
            byte[] properties = Properties(i * 200);
            peer.Sender.Enqueue(ChunkWith(body, properties, 10_000));
            expected.AddRange(Reference(body, properties, 4096));
            peer.Sender.Flush();
        }

        Task<byte[]> all = peer.ReadAllAsync();
        await peer.Sender.WhenSentAsync();
        peer.End();
        AssertSame([.. expected], await all);
    }

    [Fact]
    public async Task Flushing_does_not_wait_for_the_peer()
    {
        var peer = new Peer(131072, capacity: 10);
        peer.Sender.Enqueue(ChunkWith(RandomBytes(100_000), Properties(0), int.MaxValue));
        peer.Sender.Flush();
        peer.Sender.Flush();
        Task sent = peer.Sender.WhenSentAsync();
        Assert.False(sent.IsCompleted);
        Task<byte[]> all = peer.ReadAllAsync();
        await sent;
        peer.End();
        AssertSame(Reference(RandomBytes(100_000), Properties(0), 131072), await all);
    }

    [Fact]
    public async Task Frames_of_many_threads_are_never_mixed_and_all_credit_comes_back()
    {
        var peer = new Peer(4096, capacity: 5000);
        Task<byte[]> all = peer.ReadAllAsync();
        long enqueued = 0;
        await Task.WhenAll(Enumerable.Range(1, 8).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                OutboundChunk chunk = ChunkWith(RandomBytes(i * 13), Properties(thread), int.MaxValue, channel: (ushort)thread);
                Interlocked.Add(ref enqueued, chunk.Bytes);
                peer.Sender.Enqueue(chunk);
                peer.Sender.Flush();
            }
        })));
        await peer.Sender.WhenSentAsync();
        peer.End();
        byte[] bytes = await all;
        int[] next = new int[9];
        for (int position = 0; position < bytes.Length;)
        {
            Assert.True(FrameReader.TryRead(bytes.AsSpan(position), 4096, out Frame method, out int consumed));
            position += consumed;
            Assert.True(FrameReader.TryRead(bytes.AsSpan(position), 4096, out Frame header, out consumed));
            position += consumed;
            Assert.Equal((FrameType.Method, FrameType.Header), (method.Type, header.Type));
            Assert.Equal(method.Channel, header.Channel);
            ulong size = ContentHeader.Read(in header).BodyBytes;
            Assert.Equal((ulong)(next[method.Channel]++ * 13), size);
            if (size > 0)
            {
                Assert.True(FrameReader.TryRead(bytes.AsSpan(position), 4096, out Frame body, out consumed));
                position += consumed;
                Assert.Equal((FrameType.Body, method.Channel, (int)size), (body.Type, body.Channel, body.Payload.Length));
            }
        }

        Assert.Equal(enqueued, peer.CreditBytes);
    }

    [Fact]
    public async Task A_heartbeat_goes_out_alone_and_never_into_a_frame()
    {
        var peer = new Peer(4096, capacity: 50);
        peer.Sender.SendHeartbeat();
        Task<byte[]> all = peer.ReadAllAsync();
        await peer.Sender.WhenSentAsync();
        peer.Sender.Enqueue(ChunkWith(RandomBytes(20_000), Properties(0), int.MaxValue));
        peer.Sender.Flush();
        peer.Sender.SendHeartbeat();
        await peer.Sender.WhenSentAsync();
        peer.End();
        byte[] bytes = await all;
        byte[] content = Reference(RandomBytes(20_000), Properties(0), 4096);
        Assert.Equal(FrameWriter.Heartbeat.ToArray(), bytes[..8]);
        Assert.Equal(content, bytes[8..(8 + content.Length)]);
        Assert.True(bytes.Length == 8 + content.Length || bytes[(8 + content.Length)..].AsSpan().SequenceEqual(FrameWriter.Heartbeat));
    }

    [Fact]
    public async Task A_broken_connection_gives_everything_back_and_says_so()
    {
        var peer = new Peer(4096, capacity: 10);
        Message message = MessageWith(RandomBytes(50_000), Properties(0), int.MaxValue);
        OutboundChunk chunk = OutboundChunk.Rent();
        chunk.MethodWithContent(1, in s_deliver, message);
        peer.Sender.Enqueue(chunk);
        peer.Sender.Flush();
        peer.Break();
        await peer.Failed;
        OutboundChunk late = OutboundChunk.Rent();
        late.MethodWithContent(1, in s_deliver, message);
        peer.Sender.Enqueue(late);
        await peer.Sender.WhenSentAsync();
        message.Release();
        // One release too many is noticed: so nobody else holds the message.
        Assert.Throws<InvalidOperationException>(message.Release);
    }

    [Fact]
    public async Task A_fault_while_sending_is_told_and_holds_up_nobody()
    {
        var fault = new InvalidOperationException("a fault of the owner");
        var peer = new Peer(4096) { FaultWhenSent = fault };
        peer.Sender.Enqueue(ChunkWith(RandomBytes(100), Properties(0), int.MaxValue));
        peer.Sender.Flush();
        Assert.Same(fault, await peer.Crashed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        await peer.Sender.WhenSentAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    /// <summary>Megabytes are compared at once, not element by element.</summary>
    private static void AssertSame(byte[] expected, byte[] actual) =>
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"differ at octet {expected.AsSpan().CommonPrefixLength(actual)} of {expected.Length}");

    private static OutboundChunk ChunkWith(byte[] body, byte[] properties, int piece, ushort channel = 1)
    {
        Message message = MessageWith(body, properties, piece);
        OutboundChunk chunk = OutboundChunk.Rent();
        chunk.MethodWithContent(channel, in s_deliver, message);
        message.Release();
        return chunk;
    }

    private static Message MessageWith(byte[] body, byte[] properties, int piece)
    {
        Message message = Message.Rent(ShortString.FromString("x"), ShortString.FromString("k"));
        message.SetProperties(properties);
        for (int offset = 0; offset < body.Length;)
        {
            int length = Math.Min(piece, body.Length - offset);
            message.AppendBody(body.AsSpan(offset, length));
            offset += length;
        }

        return message;
    }

    private static byte[] Reference(byte[] body, byte[] properties, uint frameMax)
    {
        byte[] bytes = new byte[FrameWriter.MessageSize(in s_deliver, properties.Length, body.Length, frameMax)];
        Assert.Equal(bytes.Length, FrameWriter.WriteMessage(bytes, 1, in s_deliver, properties, body, frameMax));
        return bytes;
    }

    private static byte[] RandomBytes(int size)
    {
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Properties(int size)
    {
        FieldTable headers = new FieldTableBuilder().Append("h", FieldValue.FromString(new string('p', size))).Build();
        byte[] bytes = new byte[2 + 4 + headers.RawBytes.Length];
        var writer = new AmqpWriter(bytes);
        writer.WriteShort(0x8000 >> (int)BasicProperty.Headers);
        writer.WriteTable(headers);
        return bytes;
    }

    /// <summary>A sender, and who takes what it sends.</summary>
    private sealed class Peer : IFrameSenderOwner
    {
        private readonly ByteQueue _toPeer;
        private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Exception> _crashed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _creditBytes;

        public Peer(uint frameMax, int capacity = 64 << 20)
        {
            _toPeer = new ByteQueue(capacity);
            Sender = new FrameSender(new MemoryTransport(new ByteQueue(), _toPeer), this) { FrameMax = frameMax };
            EndsAtOnce = capacity == 64 << 20;
        }

        public FrameSender Sender { get; }

        public Task Failed => _failed.Task;

        public Task<Exception> Crashed => _crashed.Task;

        public Exception? FaultWhenSent { get; init; }

        public long CreditBytes => Volatile.Read(ref _creditBytes);

        private bool EndsAtOnce { get; }

        public void End() => _toPeer.End();

        public void Break() => _toPeer.Break();

        public async Task<byte[]> ReadAllAsync()
        {
            if (EndsAtOnce)
            {
                End();
            }

            await Task.Yield();
            var all = new List<byte>();
            byte[] buffer = new byte[8192];
            int count;
            while ((count = await _toPeer.ReadAsync(buffer)) > 0)
            {
                all.AddRange(buffer.AsSpan(0, count));
            }

            return [.. all];
        }

        void IFrameSenderOwner.Sent(long creditBytes, bool queueEmpty)
        {
            Interlocked.Add(ref _creditBytes, creditBytes);
            if (FaultWhenSent is { } fault)
            {
                throw fault;
            }
        }

        void IFrameSenderOwner.SendFailed() => _failed.TrySetResult();

        void IFrameSenderOwner.SendCrashed(Exception exception) => _crashed.TrySetResult(exception);
    }
}
