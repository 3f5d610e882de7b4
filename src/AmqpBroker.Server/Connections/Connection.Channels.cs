using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Connections;

/// <content>Frames of channels: methods go to the batch, contents are put together first.</content>
internal sealed partial class Connection
{
    /// <summary>No body is longer, whatever the configuration says: RabbitMQ's hard limit.</summary>
    private const ulong HardMaxBodyBytes = 536_870_912;

    /// <summary>What a header or body frame costs in memory besides its bytes: counted, so that a body of tiny frames is not free.</summary>
    private const int PieceOverheadBytes = 32;

    private void OnChannelFrame(in Frame frame)
    {
        ClientChannel? channel = _channels.Find(frame.Channel);
        if (channel is not null && channel.Closing)
        {
            OnFrameWhileClosing(channel, in frame);
            return;
        }

        switch (frame.Type)
        {
            case FrameType.Body when channel is { Stage: ContentStage.Body }:
                OnBody(channel, frame.Payload);
                break;
            case FrameType.Method:
                OnMethod(channel, in frame);
                break;
            case FrameType.Header when channel is { Stage: ContentStage.Header }:
                OnHeader(channel, in frame);
                break;
            case FrameType.Heartbeat:
                throw FrameErrors.UnexpectedFrame(in frame);
            default:
                throw Unexpected(channel?.Stage ?? ContentStage.None);
        }
    }

    private void OnMethod(ClientChannel? channel, in Frame frame)
    {
        if (channel is not null && channel.Stage != ContentStage.None)
        {
            throw Unexpected(channel.Stage);
        }

        uint key = frame.ReadMethodKey(out ReadOnlySpan<byte> arguments);
        _method = key;
        var reader = new AmqpReader(arguments, _names);
        if (channel is null)
        {
            OnMethodOfClosedChannel(frame.Channel, key, ref reader);
            return;
        }

        switch (key)
        {
            case MethodKey.BasicPublish:
                BasicPublish publish = BasicPublish.Read(ref reader);
                channel.BeginContent(Message.Rent(publish.Exchange, publish.RoutingKey), publish.Mandatory, publish.Immediate);
                break;
            case MethodKey.BasicAck:
                BasicAck ack = BasicAck.Read(ref reader);
                _batches!.Current.Ack(channel.Session, ack.DeliveryTag, ack.Multiple);
                break;
            case MethodKey.BasicNack:
                BasicNack nack = BasicNack.Read(ref reader);
                _batches!.Current.Nack(channel.Session, nack.DeliveryTag, nack.Multiple, nack.Requeue);
                break;
            case MethodKey.BasicReject:
                BasicReject reject = BasicReject.Read(ref reader);
                _batches!.Current.Reject(channel.Session, reject.DeliveryTag, reject.Requeue);
                break;
            case MethodKey.ChannelOpen:
                throw new ConnectionException(ReplyCode.ChannelError, "second 'channel.open' seen");
            case MethodKey.ChannelClose:
                _ = ChannelClose.Read(ref reader);
                _batches!.Current.CloseChannel(channel.Session);
                Remove(channel);
                break;
            case MethodKey.ChannelCloseOk:
                // The core closes a channel before its channel.close can be answered: an answer to nothing.
                throw new ConnectionException(ReplyCode.CommandInvalid, "unimplemented method");
            default:
                ClientMethods.Add(_batches!.Current, channel.Session, key, ref reader);
                break;
        }
    }

    private void OnMethodOfClosedChannel(ushort number, uint key, ref AmqpReader reader)
    {
        if (key == MethodKey.ChannelCloseOk)
        {
            // The answer to a close of the server's that crossed the client's own: the number is free already.
            return;
        }

        if (key != MethodKey.ChannelOpen)
        {
            throw new ConnectionException(ReplyCode.ChannelError, "expected 'channel.open'");
        }

        _ = ChannelOpen.Read(ref reader);
        Open(number);
    }

    private void Open(ushort number)
    {
        _method = 0; // RabbitMQ blames no method
        // The count is what RabbitMQ limits, not the number.
        if (_channels.Count >= _channelMax)
        {
            throw new ConnectionException(
                ReplyCode.NotAllowed,
                $"number of channels opened ({_channels.Count}) has reached the negotiated channel_max ({_channelMax})");
        }

        _admission!.OpenChannel();
        var channel = new ClientChannel(number, new ChannelSession(_session!, number));
        _channels.Add(channel);
        _batches!.Current.OpenChannel(channel.Session);
    }

    /// <summary>The server closed the channel: contents and methods under way are swallowed, the two ends of a close count.</summary>
    private void OnFrameWhileClosing(ClientChannel channel, in Frame frame)
    {
        if (channel.Stage != ContentStage.None)
        {
            Drop(channel);
        }

        if (frame.Type != FrameType.Method)
        {
            NoteContent();
            return;
        }

        uint key = frame.ReadMethodKey(out _);
        switch (key)
        {
            case MethodKey.ChannelCloseOk:
                Remove(channel);
                break;
            case MethodKey.ChannelClose:
                // The client's close crossed the server's. It may answer that one still, or take the number as free.
                _batches!.Current.CloseChannel(channel.Session);
                channel.CloseAnswered = true;
                break;
            case MethodKey.ChannelOpen when channel.CloseAnswered:
                Remove(channel);
                Open(channel.Number);
                break;
        }
    }

    private void OnHeader(ClientChannel channel, in Frame frame)
    {
        NoteContent();
        ContentHeader header = ContentHeader.Read(in frame);
        _method = MethodKey.BasicPublish;
        if (header.ClassId != BasicPublish.ClassId)
        {
            throw new ConnectionException(
                ReplyCode.UnexpectedFrame, $"expected content header for class 60, got one for class {header.ClassId} instead");
        }

        if (header.Weight != 0)
        {
            throw Unexpected(ContentStage.Header);
        }

        if (header.BodyBytes > HardMaxBodyBytes)
        {
            throw new ConnectionException(
                ReplyCode.FrameError, $"content body size {header.BodyBytes} exceeds maximum allowed size {HardMaxBodyBytes}");
        }

        if (header.BodyBytes > (ulong)_options.MaxMessageBytes)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"message size {header.BodyBytes} is larger than configured max size {_options.MaxMessageBytes}",
                BasicPublish.ClassId,
                BasicPublish.MethodId);
        }

        channel.Message!.SetProperties(header.Properties);
        channel.ExpectBody((long)header.BodyBytes);
        if (header.BodyBytes == 0)
        {
            Complete(channel);
        }
        else
        {
            Count(channel, header.Properties.Length + PieceOverheadBytes);
        }
    }

    private void OnBody(ClientChannel channel, ReadOnlySpan<byte> payload)
    {
        NoteContent();
        if (payload.Length > channel.BodyLeft)
        {
            _method = MethodKey.BasicPublish;
            throw new ConnectionException(ReplyCode.FrameError, "content body frame exceeds remaining content size");
        }

        channel.Message!.AppendBody(payload);
        channel.BodyReceived(payload.Length);
        if (channel.BodyLeft == 0)
        {
            Complete(channel);
        }
        else
        {
            Count(channel, payload.Length + PieceOverheadBytes);
        }
    }

    private void Complete(ClientChannel channel)
    {
        Count(channel, -channel.UnfinishedBytes);
        _batches!.Current.Publish(channel.Session, channel.TakeMessage(), channel.Mandatory, channel.Immediate);
    }

    /// <summary>Adds to what unfinished contents hold; a client that begins many and finishes none must end somewhere.</summary>
    private void Count(ClientChannel channel, long bytes)
    {
        channel.UnfinishedBytes += bytes;
        _unfinishedBytes += bytes;
        if (_unfinishedBytes > _options.MaxUnfinishedContentBytes)
        {
            throw new ConnectionException(
                ReplyCode.ResourceError, $"unfinished contents exceed {_options.MaxUnfinishedContentBytes} bytes");
        }
    }

    private void Drop(ClientChannel channel)
    {
        Count(channel, -channel.UnfinishedBytes);
        channel.DropContent();
    }

    private void Remove(ClientChannel channel)
    {
        Drop(channel);
        _channels.Remove(channel);
        _admission!.CloseChannel();
    }

    private ConnectionException Unexpected(ContentStage stage)
    {
        _method = stage == ContentStage.None ? 0 : MethodKey.BasicPublish;
        return new(ReplyCode.UnexpectedFrame, stage switch
        {
            ContentStage.None => "expected method frame, got non method frame instead",
            ContentStage.Header => "expected content header for class 60, got non content header frame instead",
            _ => "expected content body, got non content body frame instead",
        });
    }
}
