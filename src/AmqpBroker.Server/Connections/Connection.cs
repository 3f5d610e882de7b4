using System.Net.Sockets;
using System.Runtime.CompilerServices;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Output;
using AmqpBroker.Server.Transports;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Server.Connections;

/// <summary>
/// One client: reads its frames, keeps the protocol's state, and posts what it asks for to the virtual host's lane.
/// <para>
/// One read loop (<see cref="RunAsync"/>), which alone touches the state unless said otherwise. The lane calls
/// <see cref="ISessionOutput"/>; whoever sends calls <see cref="IFrameSenderOwner"/>; the wheel's thread and the server call
/// <see cref="Abort"/> and <see cref="CloseByServer"/>. Always holds: what the core must see in order goes through the
/// batches; after the loop has ended the core knows that the session is over.
/// </para>
/// </summary>
internal sealed partial class Connection : ISessionOutput, IFrameSenderOwner, IAdmittedConnection
{
    /// <summary>Until tune-ok: client properties and tokens of newer clients exceed the specification's 4096.</summary>
    private const uint FrameMaxBeforeTune = 128 * 1024;

    private readonly Transport _transport;
    private readonly ConnectionServices _services;
    private readonly ServerOptions _options;
    private readonly ILogger _logger;
    private readonly FrameSender _sender;
    private readonly ConnectionTimers _timers;
    private readonly ReceiveBuffer _received = new();
    private readonly ShortStringCache _names = new();
    private readonly ChannelTable _channels = new();
    private volatile ConnectionState _state = ConnectionState.Handshake;
    private Session? _session;
    private BatchPipe? _batches;
    private uint _frameMax = FrameMaxBeforeTune;
    private ushort _channelMax;
    private long _unfinishedBytes;

    // Bytes sent and not yet given back to the core; belongs to whoever sends.
    private long _unreportedBytes;

    // Bytes of frames of the server's own, which took no credit.
    private long _ownBytes;

    // A frame could not be read: what follows it means nothing.
    private bool _unreadable;

    // The core has put connection.close among the frames. Written in the lane.
    private volatile bool _closedByCore;

    // The last stage before the end, for the log.
    private ConnectionState _stageReached;

    // This side ended it, without a word to the client: worth a line even for a stranger who said nothing.
    private volatile bool _aborted;

    // Why the connection ends, for the log; the first reason stays.
    private string? _endReason;

    /// <summary>A connection that was just accepted.</summary>
    public Connection(Transport transport, ConnectionServices services)
    {
        _transport = transport;
        _services = services;
        _options = services.Options;
        _logger = services.Logger;
        _alarms = services.Alarms;
        _sender = new FrameSender(transport, this);
        _timers = new ConnectionTimers(this, services.Wheel);
        // Counted from the accept: however long the pool takes to begin, a stranger gets no more.
        _timers.StartDeadline(_options.HandshakeTimeoutMs, "handshake timeout");
        Name = $"{transport.RemoteEndPoint} -> {transport.LocalEndPoint}";
    }

    /// <summary>Names the connection in logs and lists, as RabbitMQ does: "peer -> local".</summary>
    public string Name { get; }

    /// <summary>The connection was ended, or is about to be: nothing more is expected of it.</summary>
    public bool HasEnded => Volatile.Read(ref _endReason) is not null;

    /// <summary>Reads until the connection is over; then everything of it is cleaned up. Never throws.</summary>
    public async Task RunAsync()
    {
        if (!await ReadAsync().ConfigureAwait(false) && _state is > ConnectionState.Handshake and < ConnectionState.Closing)
        {
            // The client is told, and has the usual time to read it. What it sends is not looked at any more.
            _unreadable = true;
            OnConnectionFault(new ConnectionException(ReplyCode.InternalError, ""));
            await ReadAsync().ConfigureAwait(false);
        }

        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>Reads until the end.</summary>
    /// <returns>False after a fault of this program, which must not reach other connections.</returns>
    private async Task<bool> ReadAsync()
    {
        try
        {
            if (_state != ConnectionState.Handshake || await AcceptProtocolAsync().ConfigureAwait(false))
            {
                await ReadFramesAsync().ConfigureAwait(false);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            EndedBecause("connection lost");
            return true;
        }
        catch (Exception e)
        {
            ServerLog.ConnectionCrashed(_logger, Name, e);
            EndedBecause("internal error");
            return false;
        }
    }

    /// <summary>Ends the connection at once, from any thread; the client learns it from its socket.</summary>
    public void Abort(string reason)
    {
        _aborted = true;
        EndedBecause(reason);
        _transport.Abort();
        Wake();
    }

    /// <summary>Sends connection.close to an open connection, or drops one that is not open yet. Any thread.</summary>
    public void CloseByServer(string reason)
    {
        EndedBecause(reason);
        if (_state == ConnectionState.Running && _session is { } session && _host is { } host)
        {
            var batch = new CommandBatch(session, static _ => { });
            batch.Fault(new ConnectionException(ReplyCode.ConnectionForced, reason));
            host.Post(batch);
        }
        else if (_state < ConnectionState.Running)
        {
            Abort(reason);
        }
    }

    /// <inheritdoc/>
    void ISessionOutput.Enqueue(OutboundChunk chunk) => _sender.Enqueue(chunk);

    /// <inheritdoc/>
    void ISessionOutput.Flush() => _sender.Flush();

    /// <inheritdoc/>
    void ISessionOutput.ChannelClosing(ChannelSession channel)
    {
        // The client may have closed the channel and opened the number anew meanwhile: that one goes on.
        if (_channels.Find(channel.Number) is { } closing && ReferenceEquals(closing.Session, channel))
        {
            closing.Closing = true;
        }
    }

    /// <inheritdoc/>
    void ISessionOutput.ConnectionClosing()
    {
        _closedByCore = true;
        if (_state < ConnectionState.Closing)
        {
            _timers.StartDeadline(_options.CloseTimeoutMs, "no answer to connection.close");
        }

        Wake();
    }

    /// <inheritdoc/>
    void ISessionOutput.TimedOut(ushort channel, ShortString queue, long timeoutMs) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            // A log may wait for its reader, which the lane must not.
            _ => ServerLog.DeliveryTimedOut(_services.Limiter, _logger, Name, channel, queue.ToString(), timeoutMs),
            state: null);

    /// <inheritdoc/>
    void ISessionOutput.DebtTaken() => Wake();

    /// <inheritdoc/>
    void ISessionOutput.SessionEnded() => _admission!.Leave();

    /// <inheritdoc/>
    void IFrameSenderOwner.Sent(long creditBytes, bool queueEmpty)
    {
        _timers.Sent();
        if (_timers.ReadingHeld)
        {
            _timers.Received();
        }

        if (_sayingGoodbye)
        {
            _timers.StartDeadline(_options.CloseTimeoutMs, NotTaken);
        }

        _unreportedBytes += creditBytes - Interlocked.Exchange(ref _ownBytes, 0);
        if (_unreportedBytes > 0 && _session is { } session
            && (queueEmpty || _unreportedBytes >= Session.OutboundCreditBytes / 4))
        {
            long bytes = _unreportedBytes;
            _unreportedBytes = 0;
            session.Drained(bytes);
        }
    }

    /// <inheritdoc/>
    void IFrameSenderOwner.SendFailed() => Abort("connection lost");

    /// <inheritdoc/>
    void IFrameSenderOwner.SendCrashed(Exception exception)
    {
        ServerLog.ConnectionCrashed(_logger, Name, exception);
        Abort("internal error");
    }

    /// <summary>Whether frames no longer count, whoever closed.</summary>
    private bool IsClosing => _state >= ConnectionState.Closing || _closedByCore;

    private async Task ReadFramesAsync()
    {
        PollingTurns turns = default;
        while (true)
        {
            DrainFrames();
            _stageReached = _state < ConnectionState.Closing ? _state : _stageReached;
            if (_batches is { } batches)
            {
                ValueTask post = PostAsync(batches);
                if (post.IsCompleted)
                {
                    // Fetched all the same: it may have waited and be through already.
                    post.GetAwaiter().GetResult();
                }
                else
                {
                    // The lane has more than it can do: until it has caught up, silence is not the client's.
                    _timers.ReadingPaused = true;
                    await post.ConfigureAwait(false);
                    _timers.Received();
                    _timers.ReadingPaused = false;
                }

                if (_session is { IsOverdrawn: true } session && !MustNotWait())
                {
                    await WaitUntilTakenAsync(session).ConfigureAwait(false);
                }
            }

            if (_state == ConnectionState.Closed)
            {
                return;
            }

            if (_mustBlock)
            {
                // What has been received already is older than what is still to be received.
                await WaitUntilClearAsync().ConfigureAwait(false);
                continue;
            }

            if (turns.AreOver)
            {
                await Task.Yield();
            }

            ValueTask<int> receive = ReceiveAsync();
            turns.Read(waited: !receive.IsCompleted);
            if (await receive.ConfigureAwait(false) == 0)
            {
                EndedBecause(_state == ConnectionState.Running ? "client unexpectedly closed TCP connection" : "closed by client");
                return;
            }

            if (_unreadable)
            {
                _received.Consume(_received.Unread.Length);
            }
        }
    }

    /// <summary>Hands the commands over; completes when there is a batch to fill again and the disk keeps up.</summary>
    private ValueTask PostAsync(BatchPipe batches)
    {
        if (batches.Current.IsEmpty)
        {
            return default;
        }

        // What waits for the disk is bounded by whoever publishes waiting for it.
        ValueTask room = _host!.WaitForRoomAsync(batches.Current.Publishes);
        return room.IsCompletedSuccessfully ? batches.PostAsync() : PostWithRoomAsync(room, batches);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync()
    {
        if (!_received.LastWasFull)
        {
            _received.Park();
            await _transport.WaitReadableAsync().ConfigureAwait(false);
        }

        int bytes = await _transport.ReceiveAsync(_received.Space()).ConfigureAwait(false);
        _received.Received(bytes);
        CountReceived(bytes);
        _timers.Received();
        return bytes;
    }

    /// <summary>The connection's end: the core cleans up, what is queued is sent if it can be, the socket is closed.</summary>
    private async Task EndAsync()
    {
        // Who waits for close-ok says nothing meanwhile, however long the lane takes.
        _timers.EndHeartbeats();
        try
        {
            if (_batches is { } batches)
            {
                if (!_sessionEnded)
                {
                    batches.Current.CloseSession(SessionEnd.PeerGone);
                }

                await batches.CompleteAsync().ConfigureAwait(false);
            }

            if (_answerClose)
            {
                await SayGoodbyeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            EndedBecause("connection lost");
        }
        finally
        {
            _state = ConnectionState.Closed;
            if (_isCounted)
            {
                _services.Quota.Leave();
            }

            _timers.Stop();
            _transport.Abort();
            _sender.Flush();
            _channels.Clear();
            _received.Return();
            _admission?.Dispose();
            if (_session is not null)
            {
                _services.Traffic.Closed(this, _host!.Name.ToString());
            }

            LogEnd();
        }
    }

    private void LogEnd()
    {
        if (_session is not null)
        {
            ServerLog.Ended(_services.Limiter, _logger, Name, _endReason ?? "closed");
        }
        else if (_endReason is not null && (_stageReached != ConnectionState.Handshake || _aborted))
        {
            ServerLog.NotOpened(_services.Limiter, _logger, Name, RabbitName(_stageReached), _endReason);
        }
    }

    private void EndedBecause(string reason) => Interlocked.CompareExchange(ref _endReason, reason, null);

    /// <summary>Sends a heartbeat, unless other frames are on their way.</summary>
    internal void SendHeartbeat() => _sender.SendHeartbeat();

    /// <summary>Sends a frame of the server's own, behind all that the core has enqueued.</summary>
    private void Send<T>(ushort channel, in T method)
        where T : struct, IMethod<T>
    {
        OutboundChunk chunk = OutboundChunk.Rent();
        chunk.Method(channel, in method);
        Interlocked.Add(ref _ownBytes, chunk.Bytes);
        _sender.Enqueue(chunk);
        _sender.Flush();
    }
}
