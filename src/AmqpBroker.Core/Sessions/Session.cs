using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>
/// A client connection as the core sees it: its channels, its exclusive queues, and how much it may still be sent.
/// Made by the connection after connection.open; everything but <see cref="Drained"/> and the properties is lane only.
/// </summary>
public sealed class Session
{
    /// <summary>
    /// What may be on its way to one client: enough for a fast consumer to stay busy over a millisecond's latency, little
    /// enough that ten thousand slow ones fit into memory with what they hold. Deliveries wait beyond it.
    /// </summary>
    public const int OutboundCreditBytes = 1024 * 1024;

    private readonly VirtualHostRuntime _runtime;
    private readonly ISessionOutput _output;
    private readonly HashSet<ChannelSession> _channels = [];
    private readonly DrainedWork _drainedWork;
    private OutboundChunk? _chunk;
    private long _outstandingBytes;
    private long _largestDelivery;
    private bool _ended;

    /// <summary>A session on a virtual host; <paramref name="output"/> is the way back to its client.</summary>
    public Session(VirtualHostRuntime runtime, ISessionOutput output, SessionIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        _runtime = runtime;
        _output = output;
        Identity = identity;
        Access = new AccessCheck(identity.AccessRules, identity.User.Name, runtime.Name);
        _drainedWork = new DrainedWork(this);
    }

    /// <summary>
    /// Replies, returned messages and messages asked for with basic.get are sent beyond the credit, because their client
    /// asked for them; a client that asks for this much and does not read is not read either, until it has taken it.
    /// </summary>
    public const int OverdrawnBytes = 4 * OutboundCreditBytes;

    /// <summary>
    /// More than <see cref="OverdrawnBytes"/>, and than the largest delivery so far, are on their way to the client. A large
    /// delivery alone is no debt: a client that writes before it reads on would otherwise wait for us, and we for it. Any thread.
    /// </summary>
    public bool IsOverdrawn => Volatile.Read(ref _outstandingBytes) > OverdrawnBytes + Volatile.Read(ref _largestDelivery);

    /// <summary>Who is at the other end.</summary>
    public SessionIdentity Identity { get; private set; }

    /// <summary>Decides whether it may do what it asks for.</summary>
    internal AccessCheck Access { get; }

    internal VirtualHost Host => _runtime.Host;

    /// <summary>Channels that are open: those that failed or were closed are not kept.</summary>
    internal int ChannelCount => _channels.Count;

    internal List<MessageQueue> ExclusiveQueues { get; } = [];

    internal ISessionOutput Output => _output;

    /// <summary>Deliveries may be added.</summary>
    internal bool HasRoom => _outstandingBytes + (_chunk?.Bytes ?? 0) < OutboundCreditBytes;

    /// <summary>Where frames for the client are written in this turn.</summary>
    internal OutboundChunk Chunk
    {
        get
        {
            if (_chunk is null)
            {
                _chunk = OutboundChunk.Rent();
                _runtime.Touch(this);
            }

            return _chunk;
        }
    }

    /// <summary>
    /// The connection has sent this many bytes of chunks (<see cref="OutboundChunk.Bytes"/>). Call it for all of them, gathered
    /// to about a quarter of <see cref="OutboundCreditBytes"/>, and for the rest when nothing is left to send. Any thread.
    /// </summary>
    public void Drained(long bytes) => _drainedWork.Add(bytes);

    internal void Run(ReadOnlySpan<Command> commands)
    {
        VirtualHost host = Host;
        for (int i = 0; i < commands.Length; i++)
        {
            ref readonly Command command = ref commands[i];
            if (_ended || host.HasEnded)
            {
                command.Discard();
                continue;
            }

            try
            {
                if (command.Channel?.Hold(in command) == true)
                {
                    continue;
                }

                Execute(in command);

                // A basic.get that found its message on the disk is the first to be held.
                command.Channel?.Hold(in command);
            }
            catch (ChannelException fault)
            {
                command.Channel!.Fail(fault, command.MethodKey);
                _channels.Remove(command.Channel);
            }
            catch (ConnectionException fault)
            {
                Fail(fault, command.MethodKey);
            }

            host.EndCommand();
        }
    }

    /// <summary>Hands the turn's frames to the connection; it is flushed outside the lane.</summary>
    internal void Seal()
    {
        if (_chunk is null)
        {
            return;
        }

        OutboundChunk chunk = _chunk;
        _chunk = null;
        Send(chunk);
    }

    /// <summary>Puts frames that waited for the disk behind those of this turn.</summary>
    internal void SendGated(OutboundChunk reply)
    {
        if (_ended)
        {
            // Nothing follows connection.close or its close-ok.
            reply.Recycle();
            return;
        }

        OutboundChunk before = Chunk;
        _chunk = OutboundChunk.Rent();
        Send(before);
        Send(reply);
    }

    /// <summary>A message of this many bytes was delivered to a consumer.</summary>
    internal void NoteDelivery(long bytes)
    {
        if (bytes > _largestDelivery)
        {
            Volatile.Write(ref _largestDelivery, bytes);
        }
    }

    internal void Flush() => _output.Flush();

    internal void GiveBack(long bytes)
    {
        bool hadRoom = HasRoom;
        bool wasOverdrawn = IsOverdrawn;
        _outstandingBytes -= bytes;
        if (wasOverdrawn && !IsOverdrawn)
        {
            _output.DebtTaken();
        }

        if (hadRoom || !HasRoom)
        {
            return;
        }

        foreach (ChannelSession channel in _channels)
        {
            channel.WakeConsumers();
        }

        Host.EndCommand();
    }

    internal VirtualHostRuntime Runtime => _runtime;

    /// <summary>Closes a channel for what its client did not do in time.</summary>
    internal void Fail(ChannelSession channel, ChannelException fault)
    {
        channel.Fail(fault, methodKey: 0);
        _channels.Remove(channel);
    }

    private void Execute(in Command command)
    {
        switch (command.Kind)
        {
            case CommandKind.CloseSession:
                End();
                if ((SessionEnd)command.Tag == SessionEnd.ClosedByClient)
                {
                    Chunk.Method(0, default(ConnectionCloseOk));
                }

                break;
            case CommandKind.ConnectionFault:
                throw (ConnectionException)command.Argument!;
            case CommandKind.RenewUser:
                RenewUser((User)command.Argument!);
                break;
            case CommandKind.OpenChannel:
                _channels.Add(command.Channel!);
                Host.AddChannel(command.Channel!);
                command.Channel!.Open();
                break;
            case CommandKind.CloseChannel:
                command.Channel!.CloseByClient();
                _channels.Remove(command.Channel);
                break;
            default:
                command.Channel!.Execute(in command);
                break;
        }
    }

    /// <summary>The connection's fault: everything of the session is cleaned up, and the client is told.</summary>
    private void Fail(ConnectionException fault, uint methodKey)
    {
        End();
        Chunk.Method(0, Faults.ConnectionClose(fault, methodKey));
        _output.ConnectionClosing();
    }

    private void End()
    {
        _ended = true;

        // By number: the order of a set would depend on which channels were closed before. What one gives back may die before
        // the last consumer of another takes the queue with it, or not.
        foreach (ChannelSession channel in _channels.OrderBy(c => c.Number))
        {
            channel.End();
        }

        _channels.Clear();
        foreach (MessageQueue queue in ExclusiveQueues.ToArray())
        {
            // What the channels gave back is over the limits first, and may be dead-lettered, before the queue goes.
            queue.EndReturns();
            Host.Delete(queue);
        }

        _output.SessionEnded();
    }

    /// <summary>connection.update-secret: consumers that may not read any more end.</summary>
    private void RenewUser(User user)
    {
        Identity = Identity with { User = user };
        Chunk.Method(0, default(ConnectionUpdateSecretOk));
        foreach (ChannelSession channel in _channels)
        {
            channel.CancelRefusedConsumers();
        }
    }

    private void Send(OutboundChunk chunk)
    {
        if (chunk.IsEmpty)
        {
            chunk.Recycle();
            return;
        }

        _outstandingBytes += chunk.Bytes;
        _output.Enqueue(chunk);
    }
}
