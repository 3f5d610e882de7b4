using System.Text;
using System.Threading.Channels;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Clients;

/// <summary>
/// A client inside the process, on one channel: what it asks for goes the way of every client's commands, with the same rights,
/// limits and texts. One request at a time; any thread. A request completes when what it did is durable. All may throw
/// <see cref="RefusedException"/>; then nothing was done, and the client is of no use any more. So it is after a request that
/// was cancelled, which may have been done all the same.
/// </summary>
public sealed class BrokerClient : ISessionOutput, IAdmittedConnection, IAsyncDisposable
{
    private readonly Admission _admission;
    private readonly VirtualHostRuntime _host;
    private readonly Session _session;
    private readonly ChannelSession _channel;

    // Filled in the lane. Bounded by what one request is answered: a reply, or one message.
    private readonly Channel<OutboundChunk> _chunks = Channel.CreateUnbounded<OutboundChunk>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Queue<ClientReply> _replies = new();
    private readonly int _keptBodyBytes;
    private bool _confirms;

    internal BrokerClient(Broker broker, SessionIdentity identity, ShortString virtualHost, int keptBodyBytes)
    {
        _keptBodyBytes = keptBodyBytes;
        try
        {
            _admission = broker.Admit(identity.User, virtualHost, this);
        }
        catch (ConnectionException e)
        {
            throw Refused(e.Code, e.Message);
        }

        _host = _admission.VirtualHost;
        _session = new Session(_host, this, identity);
        _channel = new ChannelSession(_session, 1);
    }

    /// <summary>queue.declare.</summary>
    public Task DeclareQueueAsync(string name, bool durable, bool autoDelete, PlainTable arguments, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var declare = new QueueDeclare(Name(name), Passive: false, durable, Exclusive: false, autoDelete, NoWait: false, arguments.Fields);
        return CallAsync(declare, MethodKey.QueueDeclareOk, cancellation);
    }

    /// <summary>queue.delete.</summary>
    public Task DeleteQueueAsync(string name, bool ifUnused, bool ifEmpty, CancellationToken cancellation) =>
        CallAsync(new QueueDelete(Name(name), ifUnused, ifEmpty, NoWait: false), MethodKey.QueueDeleteOk, cancellation);

    /// <summary>queue.purge.</summary>
    public Task PurgeQueueAsync(string name, CancellationToken cancellation) =>
        CallAsync(new QueuePurge(Name(name), NoWait: false), MethodKey.QueuePurgeOk, cancellation);

    /// <summary>exchange.declare.</summary>
    public Task DeclareExchangeAsync(
        string name, string type, bool durable, bool autoDelete, bool isInternal, PlainTable arguments, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var declare = new ExchangeDeclare(
            Name(name), Name(type), Passive: false, durable, autoDelete, isInternal, NoWait: false, arguments.Fields);
        return CallAsync(declare, MethodKey.ExchangeDeclareOk, cancellation);
    }

    /// <summary>exchange.delete.</summary>
    public Task DeleteExchangeAsync(string name, bool ifUnused, CancellationToken cancellation) =>
        CallAsync(new ExchangeDelete(Name(name), ifUnused, NoWait: false), MethodKey.ExchangeDeleteOk, cancellation);

    /// <summary>queue.bind or exchange.bind.</summary>
    public Task BindAsync(string source, string destination, bool toExchange, string key, PlainTable arguments, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return toExchange
            ? CallAsync(new ExchangeBind(Name(destination), Name(source), Name(key), NoWait: false, arguments.Fields), MethodKey.ExchangeBindOk, cancellation)
            : CallAsync(new QueueBind(Name(destination), Name(source), Name(key), NoWait: false, arguments.Fields), MethodKey.QueueBindOk, cancellation);
    }

    /// <summary>queue.unbind or exchange.unbind.</summary>
    public Task UnbindAsync(string source, string destination, bool toExchange, string key, PlainTable arguments, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return toExchange
            ? CallAsync(new ExchangeUnbind(Name(destination), Name(source), Name(key), NoWait: false, arguments.Fields), MethodKey.ExchangeUnbindOk, cancellation)
            : CallAsync(new QueueUnbind(Name(destination), Name(source), Name(key), arguments.Fields), MethodKey.QueueUnbindOk, cancellation);
    }

    /// <summary>Publishes, and waits for the confirm.</summary>
    /// <returns>Whether a queue took it.</returns>
    /// <exception cref="FormatException">A property is of another type than it may be.</exception>
    public async Task<bool> PublishAsync(OutgoingMessage message, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(message);
        byte[] properties = PlainProperties.Encode(message.Properties);
        if (!_confirms)
        {
            await CallAsync(new ConfirmSelect(NoWait: false), MethodKey.ConfirmSelectOk, cancellation).ConfigureAwait(false);
            _confirms = true;
        }

        Message content = Message.Rent(Name(message.Exchange), Name(message.RoutingKey));
        content.SetProperties(properties);
        content.AppendBody(message.Body.Span);
        CommandBatch batch = NewBatch();
        batch.Publish(_channel, content, mandatory: true, immediate: false);
        await PostAsync(batch, cancellation).ConfigureAwait(false);
        bool returned = false;
        while (true)
        {
            ClientReply reply = await ReadAsync(cancellation).ConfigureAwait(false);
            switch (reply.Key)
            {
                case MethodKey.BasicReturn:
                    returned = true;
                    break;
                case MethodKey.BasicAck:
                    return !returned;
                case MethodKey.BasicNack:
                    return false;
            }
        }
    }

    /// <summary>basic.get. The message is unacknowledged until it is settled or the client ends, or gone when <paramref name="autoAck"/> says so.</summary>
    /// <returns>Null when nothing is ready.</returns>
    public async Task<TakenMessage?> GetAsync(string queue, bool autoAck, CancellationToken cancellation)
    {
        CommandBatch batch = NewBatch();
        batch.Method(_channel, new BasicGet(Name(queue), autoAck));
        await PostAsync(batch, cancellation).ConfigureAwait(false);
        ClientReply reply;
        do
        {
            reply = await ReadAsync(cancellation).ConfigureAwait(false);
        }
        while (reply.Key is not (MethodKey.BasicGetOk or MethodKey.BasicGetEmpty));
        return reply.Message;
    }

    /// <summary>basic.reject: gives a message back, or refuses it for good.</summary>
    public Task RejectAsync(ulong deliveryTag, bool requeue, CancellationToken cancellation)
    {
        CommandBatch batch = NewBatch();
        batch.Reject(_channel, deliveryTag, requeue);
        return PostAsync(batch, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var batch = new CommandBatch(_session, _ => done.SetResult());
        batch.CloseSession(SessionEnd.PeerGone);
        if (_host.Post(batch))
        {
            batch.Completed();
        }

        await done.Task.ConfigureAwait(false);
        _admission.Dispose();
        while (_chunks.Reader.TryRead(out OutboundChunk? chunk))
        {
            chunk.Recycle();
        }
    }

    void ISessionOutput.Enqueue(OutboundChunk chunk) => _chunks.Writer.TryWrite(chunk);

    void ISessionOutput.Flush()
    {
        // Who waits for the chunk has been told already.
    }

    void ISessionOutput.ChannelClosing(ChannelSession channel)
    {
        // The close itself says it.
    }

    void ISessionOutput.ConnectionClosing()
    {
        // As above.
    }

    void ISessionOutput.SessionEnded() => _admission.Leave();

    void IAdmittedConnection.CloseByServer(string reason)
    {
        CommandBatch batch = NewBatch();
        batch.Fault(new ConnectionException(ReplyCode.ConnectionForced, reason));
        if (_host.Post(batch))
        {
            batch.Completed();
        }
    }

    internal async Task OpenAsync(CancellationToken cancellation)
    {
        CommandBatch batch = NewBatch();
        batch.OpenChannel(_channel);
        await PostAsync(batch, cancellation).ConfigureAwait(false);
        await AwaitAsync(MethodKey.ChannelOpenOk, cancellation).ConfigureAwait(false);
    }

    private static ShortString Name(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Encoding.UTF8.GetByteCount(name) <= ShortString.MaxLength
            ? ShortString.FromString(name)
            : throw Refused(ReplyCode.PreconditionFailed, $"a name is longer than {ShortString.MaxLength} bytes");
    }

    private static RefusedException Refused(ReplyCode code, string text) => new((int)code, code.RabbitName(), text);

    private CommandBatch NewBatch() => new(_session, static _ => { });

    private async Task CallAsync<T>(T method, uint answer, CancellationToken cancellation)
        where T : struct, IMethod<T>
    {
        CommandBatch batch = NewBatch();
        batch.Method(_channel, in method);
        await PostAsync(batch, cancellation).ConfigureAwait(false);
        await AwaitAsync(answer, cancellation).ConfigureAwait(false);
    }

    private async Task PostAsync(CommandBatch batch, CancellationToken cancellation)
    {
        await _host.WaitForRoomAsync(batch.Publishes).AsTask().WaitAsync(cancellation).ConfigureAwait(false);
        if (_host.Post(batch))
        {
            batch.Completed();
        }
    }

    private async Task AwaitAsync(uint answer, CancellationToken cancellation)
    {
        while ((await ReadAsync(cancellation).ConfigureAwait(false)).Key != answer)
        {
        }
    }

    private async Task<ClientReply> ReadAsync(CancellationToken cancellation)
    {
        ClientReply? reply;
        while (!_replies.TryDequeue(out reply))
        {
            OutboundChunk chunk = await _chunks.Reader.ReadAsync(cancellation).ConfigureAwait(false);
            ClientReply.ReadAll(chunk, _keptBodyBytes, _replies);
            long bytes = chunk.Bytes;
            chunk.Recycle();
            _session.Drained(bytes);
        }

        return reply.Fault is { } fault ? throw Refused(fault.Code, fault.Text) : reply;
    }
}
