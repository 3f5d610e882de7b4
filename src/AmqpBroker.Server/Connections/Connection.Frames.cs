using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Connections;

/// <content>Frames in, whatever the connection's state: the one place where the two kinds of fault are caught.</content>
internal sealed partial class Connection
{
    // The method at hand, for the class and method of a close; 0 for none.
    private uint _method;

    // The session's end is in a batch.
    private bool _sessionEnded;

    // The close handshake went through: what is queued is sent before the socket is closed.
    private bool _answerClose;

    // It was the client that closed.
    private bool _clientClosed;

    /// <summary>Handles all complete frames that were received, up to a content's that an alarm stops at.</summary>
    private void DrainFrames()
    {
        ushort channel = 0;
        while (!_unreadable)
        {
            try
            {
                while (!_mustBlock && TryReadFrame(out Frame frame))
                {
                    channel = frame.Channel;
                    OnFrame(in frame);
                }

                return;
            }
            catch (ChannelException fault) when (_channels.Find(channel) is { } failed)
            {
                failed.Closing = true;
                failed.DropContent();
                _batches!.Current.Fault(failed.Session, fault);
            }
            catch (ConnectionException fault)
            {
                OnConnectionFault(fault);
            }
        }
    }

    private bool TryReadFrame(out Frame frame)
    {
        _method = 0;
        ReadOnlySpan<byte> unread = _received.Unread;
        bool complete;
        int consumed;
        try
        {
            complete = FrameReader.TryRead(unread, _frameMax, out frame, out consumed);
        }
        catch (ConnectionException)
        {
            // Where the next frame begins cannot be known any more.
            _unreadable = true;
            throw;
        }

        if (complete)
        {
            _received.Consume(consumed);
        }
        else if (unread.Length >= Frame.HeaderSize)
        {
            _received.Expect(Frame.Overhead + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(unread[3..]));
        }

        return complete;
    }

    private void OnFrame(in Frame frame)
    {
        if (frame.Channel == 0)
        {
            OnConnectionFrame(in frame);
        }
        else if (_state == ConnectionState.Running)
        {
            if (!_closedByCore)
            {
                OnChannelFrame(in frame);
            }
        }
        else if (_state < ConnectionState.Running)
        {
            throw FrameErrors.UnexpectedFrame(in frame);
        }
    }

    private void OnConnectionFrame(in Frame frame)
    {
        if (frame.Type == FrameType.Method)
        {
            OnConnectionMethod(in frame);
        }
        else if (frame.Type == FrameType.Heartbeat && frame.Payload.IsEmpty)
        {
            // That it came has been noted with all that comes.
        }
        else if (!IsClosing)
        {
            throw frame.Type == FrameType.Heartbeat ? FrameErrors.UnknownFrame(in frame) : FrameErrors.UnexpectedFrame(in frame);
        }
    }

    private void OnConnectionMethod(in Frame frame)
    {
        uint key = frame.ReadMethodKey(out ReadOnlySpan<byte> arguments);
        _method = key;
        if (IsClosing)
        {
            OnMethodWhileClosing(key);
            return;
        }

        var reader = new AmqpReader(arguments, _names);
        switch (key)
        {
            case MethodKey.ConnectionStartOk when _state == ConnectionState.Starting:
                OnStartOk(ConnectionStartOk.Read(ref reader));
                break;
            case MethodKey.ConnectionTuneOk when _state == ConnectionState.Tuning:
                OnTuneOk(ConnectionTuneOk.Read(ref reader));
                break;
            case MethodKey.ConnectionOpen when _state == ConnectionState.Opening:
                OnOpen(ConnectionOpen.Read(ref reader));
                break;
            case MethodKey.ConnectionClose:
                OnClose(ConnectionClose.Read(ref reader));
                break;
            case MethodKey.ConnectionUpdateSecret when _state == ConnectionState.Running:
                OnUpdateSecret(ConnectionUpdateSecret.Read(ref reader));
                break;
            default:
                throw MethodCatalog.NameOf(key) is null
                    ? new ConnectionException(ReplyCode.CommandInvalid, "unimplemented method")
                    : new ConnectionException(ReplyCode.ChannelError, $"unexpected method in connection state {RabbitName(_state)}");
        }
    }

    /// <summary>The server has sent connection.close: only the two ends of a close count.</summary>
    private void OnMethodWhileClosing(uint key)
    {
        if (_state == ConnectionState.Closed)
        {
            return;
        }

        switch (key)
        {
            case MethodKey.ConnectionCloseOk:
                _answerClose = true;
                _sessionEnded = true;
                _state = ConnectionState.Closed;
                break;
            case MethodKey.ConnectionClose when _batches is null:
                Send(0, default(ConnectionCloseOk));
                break;
            case MethodKey.ConnectionClose:
                // The server's close may still be in a batch, and must go before the answer: the farewell gives that.
                _answerClose = true;
                _clientClosed = true;
                _state = ConnectionState.Closed;
                break;
        }
    }

    private void OnClose(in ConnectionClose close)
    {
        EndedBecause(close.ReplyCode is ReplyCode.ReplySuccess or 0 ? "closed by client" : $"closed by client: {close.ReplyCode} {close.ReplyText}");
        _answerClose = true;
        _clientClosed = true;
        if (_batches is { } batches)
        {
            batches.Current.CloseSession(SessionEnd.ClosedByClient);
            _sessionEnded = true;
        }
        else
        {
            Send(0, default(ConnectionCloseOk));
        }

        _state = ConnectionState.Closed;
    }

    private void OnConnectionFault(ConnectionException fault)
    {
        if (IsClosing)
        {
            // The client knows already that the connection is over.
            return;
        }

        ServerLog.ProtocolError(_services.Limiter, _logger, Name, RabbitName(_state), fault.Code.RabbitName(), fault.Text);
        EndedBecause($"{fault.Code.RabbitName()} - {fault.Text}");
        ushort classId = fault.ClassId != 0 ? fault.ClassId : MethodKey.ClassIdOf(_method);
        ushort methodId = fault.ClassId != 0 ? fault.MethodId : MethodKey.MethodIdOf(_method);
        if (_batches is { } batches)
        {
            batches.Current.Fault(new ConnectionException(fault.Code, fault.Text, classId, methodId));
            _sessionEnded = true;
        }
        else
        {
            Send(0, new ConnectionClose(fault.Code, fault.RenderReplyText(), classId, methodId));
        }

        _timers.StartDeadline(_unreadable || _batches is null ? _options.RefusalDelayMs : _options.CloseTimeoutMs, "no answer to connection.close");
        _state = ConnectionState.Closing;
    }

    private static string RabbitName(ConnectionState state) => state switch
    {
        ConnectionState.Handshake => "pre_init",
        ConnectionState.Starting => "starting",
        ConnectionState.Tuning => "tuning",
        ConnectionState.Opening => "opening",
        ConnectionState.Running => "running",
        ConnectionState.Closing => "closing",
        _ => "closed",
    };
}
