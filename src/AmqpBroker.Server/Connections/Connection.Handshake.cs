using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Connections;

/// <content>From the protocol header to connection.open: the server talks alone, the core hears of nothing.</content>
internal sealed partial class Connection
{
    private VirtualHostRuntime? _host;
    private User? _user;
    private Admission? _admission;
    private FieldTable _clientProperties = FieldTable.Empty;

    // Counted among the open connections.
    private bool _isCounted;

    /// <summary>Reads the protocol header; answers any other than 0-9-1's with 0-9-1's, and the connection is over.</summary>
    private async ValueTask<bool> AcceptProtocolAsync()
    {
        while (_received.Unread.Length < ProtocolHeader.Size)
        {
            if (!ForeignProtocol.MayBecomeAmqp(_received.Unread) || await ReceiveAsync().ConfigureAwait(false) == 0)
            {
                break;
            }
        }

        ReadOnlySpan<byte> start = _received.Unread;
        if (start.IsEmpty)
        {
            // Load balancers and port scanners connect and go: not worth a word.
            return false;
        }

        if (start.Length >= ProtocolHeader.Size && ProtocolHeader.IsAccepted(start[..ProtocolHeader.Size]))
        {
            _received.Consume(ProtocolHeader.Size);
            SendStart();
            return true;
        }

        string what = ForeignProtocol.Describe(start);
        ServerLog.ForeignProtocol(_services.Limiter, _logger, Name, what);
        EndedBecause($"bad protocol header: {what}");
        await _transport.SendAsync(ProtocolHeader.Amqp091.ToArray()).ConfigureAwait(false);
        _answerClose = true;
        return false;
    }

    private void SendStart()
    {
        Send(0, new ConnectionStart(0, 9, _services.Properties, SaslResponse.MechanismBytes, "en_US"u8.ToArray()));
        _state = ConnectionState.Starting;
    }

    private void OnStartOk(in ConnectionStartOk startOk)
    {
        _clientProperties = startOk.ClientProperties;
        _authMechanism = startOk.Mechanism.ToString();
        SaslResponse login = SaslResponse.Read(startOk.Mechanism, startOk.Response);
        _user = _services.Broker.Login(login.User, login.Password.Span);
        string? refusal = Refusal(login);
        if (refusal is not null)
        {
            Refuse(startOk.Mechanism, refusal);
            return;
        }

        _state = ConnectionState.Tuning;
        Send(0, new ConnectionTune(_options.ChannelMax, _options.FrameMax, _options.HeartbeatSeconds));
    }

    /// <summary>Why the login fails, for the log; null when it does not.</summary>
    private string? Refusal(in SaslResponse login)
    {
        if (login.Password.IsEmpty)
        {
            return $"user '{login.User}' attempted to log in with a blank password, which is prohibited";
        }

        if (_user is null)
        {
            return $"user '{login.User}' - invalid credentials";
        }

        return !_transport.IsLoopback && _options.LoopbackUsers.Contains(_user.Name.ToString())
            ? $"user '{login.User}' can only connect via localhost"
            : null;
    }

    private void Refuse(ShortString mechanism, string refusal)
    {
        ServerLog.LoginRefused(_services.Limiter, _logger, Name, mechanism.ToString(), refusal);
        EndedBecause($"login refused: {refusal}");
        if (new ClientCapabilities(_clientProperties).AuthenticationFailureClose)
        {
            // No method is named: that is how RabbitMQ's close on a refused login looks.
            var refused = new ConnectionException(
                ReplyCode.AccessRefused,
                $"Login was refused using authentication mechanism {mechanism}. For details see the broker logfile.");
            Send(0, new ConnectionClose(refused.Code, refused.RenderReplyText(), 0, 0));
        }

        // A client that does not know a close here gets no method; neither may try again at once.
        _timers.StartDeadline(_options.RefusalDelayMs, null);
        _state = ConnectionState.Closing;
    }

    private void OnTuneOk(in ConnectionTuneOk tuneOk)
    {
        CheckNotHigher("channel_max", tuneOk.ChannelMax, _options.ChannelMax);
        CheckNotHigher("frame_max", tuneOk.FrameMax, _options.FrameMax);
        if (tuneOk.FrameMax is > 0 and < AmqpConstants.FrameMinSize)
        {
            throw new ConnectionException(
                ReplyCode.NotAllowed,
                $"negotiated frame_max = {tuneOk.FrameMax} is lower than the minimum allowed value ({AmqpConstants.FrameMinSize})");
        }

        _channelMax = tuneOk.ChannelMax == 0 ? ushort.MaxValue : tuneOk.ChannelMax;
        _frameMax = tuneOk.FrameMax;
        _heartbeatSeconds = tuneOk.Heartbeat;
        _sender.FrameMax = tuneOk.FrameMax;
        if (tuneOk.Heartbeat > 0)
        {
            _timers.StartHeartbeats(tuneOk.Heartbeat);
        }

        _state = ConnectionState.Opening;
    }

    /// <summary>The client may lower what was offered; 0 asks for no limit, which is more than any limit.</summary>
    private static void CheckNotHigher(string what, uint asked, uint offered)
    {
        if (offered != 0 && (asked == 0 || asked > offered))
        {
            throw new ConnectionException(
                ReplyCode.NotAllowed, $"negotiated {what} = {asked} is higher than the maximum allowed value ({offered})");
        }
    }

    private void OnOpen(in ConnectionOpen open)
    {
        User user = _user!;
        _isCounted = _services.Quota.TryEnter();
        if (!_isCounted)
        {
            throw new ConnectionException(
                ReplyCode.NotAllowed, $"connection refused: node connection limit ({_services.Quota.Limit}) is reached");
        }

        _admission = _services.Broker.Admit(user, open.VirtualHost, this);
        VirtualHostRuntime host = _admission.VirtualHost;
        if (host.HasEnded)
        {
            throw new ConnectionException(
                ReplyCode.InternalError, $"access to vhost '{open.VirtualHost}' refused for user '{user.Name}': vhost '{open.VirtualHost}' is down");
        }

        _host = host;
        var identity = new SessionIdentity
        {
            User = user,
            AccessRules = _services.Broker.AccessRules,
            ConnectionName = Name,
            ClientProperties = _clientProperties,
            TakesConsumerCancel = new ClientCapabilities(_clientProperties).ConsumerCancelNotify,
        };
        _session = new Session(host, this, identity);
        _batches = new BatchPipe(host, _session);
        _timers.EndDeadline();
        _openedAt = DateTimeOffset.UtcNow;
        _services.Traffic.Opened(host.Name.ToString());
        _state = ConnectionState.Running;
        Send(0, default(ConnectionOpenOk));
        ServerLog.Opened(_services.Limiter, _logger, Name, user.Name.ToString(), open.VirtualHost.ToString(), ClientName());
    }

    private void OnUpdateSecret(in ConnectionUpdateSecret update)
    {
        User user = _services.Broker.Login(_user!.Name, update.NewSecret.Span)
            ?? throw new ConnectionException(ReplyCode.NotAllowed, "New secret was refused by one of the backends");
        if (_services.Broker.PermissionsOf(user, _host!.Name) is null)
        {
            throw new ConnectionException(ReplyCode.NotAllowed, $"access to vhost '{_host.Name}' refused for user '{user.Name}'");
        }

        _user = user;
        _batches!.Current.RenewUser(user);
    }

    /// <summary>The name that the client gave the connection, or what it says it is.</summary>
    private string ClientName()
    {
        foreach (string property in (ReadOnlySpan<string>)["connection_name", "product"])
        {
            if (_clientProperties.TryGetValue(property, out FieldValue value) && value.TryGetString(out string? text))
            {
                return text;
            }
        }

        return "";
    }
}
