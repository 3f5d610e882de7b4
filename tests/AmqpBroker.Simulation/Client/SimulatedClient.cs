using System.Buffers.Binary;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.Users;
using AmqpBroker.Protocol;

namespace AmqpBroker.Simulation;

/// <summary>A method that a client was sent, with what counts of its content; numbered in the order in which it was sent them.</summary>
internal sealed record Frame(int At, ushort Channel, IMethod Method)
{
    internal int Id { get; private set; }

    internal long Length { get; private set; }

    internal string Headers { get; private set; } = "";

    internal string? Expiration { get; private set; }

    internal void Attach(Message content)
    {
        Id = IdOf(content);
        Length = content.BodyLength;
        Headers = HeaderText.Of(content.Headers);
        Expiration = content.ExpirationText?.ToString();
    }

    /// <summary>Bodies begin with the message's number.</summary>
    internal static int IdOf(Message content) => BinaryPrimitives.ReadInt32BigEndian(content.Body[0].Span);

    public override string ToString() => Length == 0 ? $"{Method}" : $"{Method} with message {Id} {Headers}";
}

/// <summary>
/// A client without a socket. The run sees what it is sent at once, while the core is told that it was read only if it
/// reads: so a client that does not read can be watched, too.
/// </summary>
internal sealed class SimulatedClient : ISessionOutput
{
    private const uint FrameMax = 131072;

    private readonly TestBroker _broker;
    private readonly CommandBatch _batch;
    private long _unread;
    private int _count;

    internal SimulatedClient(TestBroker broker)
    {
        _broker = broker;
        Session = new Session(broker.Runtime, this, new SessionIdentity
        {
            User = new User { Name = ShortString.FromString("guest") },
            ConnectionName = "simulated",
            TakesConsumerCancel = true,
        });
        _batch = new CommandBatch(Session, static _ => { });
    }

    internal Session Session { get; }

    internal bool Reads { get; set; } = true;

    internal Queue<Frame> Frames { get; } = new();

    /// <summary>Several commands as one read of the connection brings them.</summary>
    internal void Run(Action<CommandBatch> fill)
    {
        fill(_batch);
        if (_broker.Runtime.Post(_batch))
        {
            _batch.Completed();
        }

        _broker.RunScheduled();
    }

    internal void Read()
    {
        while (_unread > 0)
        {
            long bytes = _unread;
            _unread = 0;
            Session.Drained(bytes);
        }
    }

    void ISessionOutput.Enqueue(OutboundChunk chunk)
    {
        _unread += chunk.Bytes;
        int start = 0;
        foreach (OutboundChunk.Item item in chunk.Items)
        {
            Decode(chunk.Arena[start..item.ArenaEnd])!.Attach(item.Content!);
            start = item.ArenaEnd;
        }

        Decode(chunk.Arena[start..]);
        chunk.Recycle();
    }

    void ISessionOutput.Flush()
    {
        if (Reads)
        {
            Read();
        }
    }

    void ISessionOutput.ChannelClosing(ChannelSession channel)
    {
    }

    void ISessionOutput.ConnectionClosing() => throw new ViolationException("The core gave a connection up.");

    private Frame? Decode(ReadOnlySpan<byte> bytes)
    {
        Frame? last = null;
        while (!bytes.IsEmpty)
        {
            if (!FrameReader.TryRead(bytes, FrameMax, out Protocol.Frame frame, out int consumed))
            {
                throw new ViolationException("A frame was cut off.");
            }

            last = new Frame(_count++, frame.Channel, ServerMethods.Read(frame.Payload));
            Frames.Enqueue(last);
            bytes = bytes[consumed..];
        }

        return last;
    }
}
