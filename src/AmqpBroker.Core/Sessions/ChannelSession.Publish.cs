using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Core.Users;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>basic.publish and what follows from it: returns, confirms, direct replies.</summary>
public sealed partial class ChannelSession
{
    private static readonly ShortString NoRoute = ShortString.FromString("NO_ROUTE");

    private bool _confirms;
    private ulong _lastPublish;
    private ulong _lastTaken;
    private ulong _confirmedTo;
    private bool _confirmNoted;
    private bool _confirmAwaits;
    private bool _ackNoted;
    private ulong _ackTo;
    private ShortString? _replyTag;

    // The exchange that was published to last and may be, under one version of the accounts.
    private ShortString? _writable;
    private int _writableVersion;
    private bool _topicsLimited;
    private ShortString? _replyName;

    /// <summary>Confirms that wait for the disk.</summary>
    internal int GatedConfirms { get; set; }

    private void SelectConfirms(in ConfirmSelect select)
    {
        if (_transaction is not null)
        {
            throw new ChannelException(ReplyCode.PreconditionFailed, "cannot switch from tx to confirm mode");
        }

        _confirms = true;
        if (!select.NoWait)
        {
            Reply(default(ConfirmSelectOk));
        }
    }

    private void Publish(Message message, bool mandatory, bool immediate)
    {
        try
        {
            if (immediate)
            {
                throw new ConnectionException(ReplyCode.NotImplemented, "immediate=true");
            }

            CheckExchange(message);

            if (message.HasSpecialProperties)
            {
                CheckProperties(message);
            }

            if (_transaction is { } transaction)
            {
                transaction.Publish(message, mandatory);
                return;
            }

            Route(message, mandatory);
        }
        finally
        {
            message.Release();
        }
    }

    /// <summary>
    /// Whether the user may publish there, the exchange is there, and it is for clients. Most messages go where the one
    /// before went: then the permissions are not looked at again until they change.
    /// </summary>
    private void CheckExchange(Message message)
    {
        ShortString name = message.Exchange;
        int version = Access.Version;
        if (version != _writableVersion || _writable != name)
        {
            Access.Exchange(AccessKind.Write, name);
            _topicsLimited = Access.LimitsTopicsOf(name);
            _writable = name;
            _writableVersion = version;
        }

        Exchange exchange = Host.GetExchange(name);
        if (exchange.Internal)
        {
            throw new ChannelException(
                ReplyCode.AccessRefused, $"cannot publish to internal exchange '{exchange.Name}' in vhost '{Host.Name}'");
        }

        if (_topicsLimited && exchange is TopicExchange)
        {
            Access.Topic(AccessKind.Write, name, message.RoutingKey);
        }
    }

    private void CheckProperties(Message message)
    {
        BasicPropertiesView properties = BasicProperties.Scan(message.Properties);
        bool wantsReply = properties.ReplyTo.SequenceEqual(ReplyTo.PseudoQueue.Bytes);
        if (wantsReply && _replyName is null)
        {
            throw new ChannelException(ReplyCode.PreconditionFailed, "fast reply consumer does not exist");
        }

        if (properties.Has(BasicProperty.UserId)
            && !properties.UserId.SequenceEqual(_session.Identity.User.Name.Bytes)
            && !_session.Identity.User.Impersonates)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"user_id property set to '{ShortString.FromBytes(properties.UserId)}' but authenticated user was '{_session.Identity.User.Name}'");
        }

        if (properties.Has(BasicProperty.Expiration))
        {
            message.ExpirationMs = Expiration.Parse(properties.Expiration);
        }

        if (properties.Has(BasicProperty.DeliveryMode) && properties.DeliveryMode is not (1 or 2))
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed, $"invalid message: {{delivery_mode_unknown,{properties.DeliveryMode}}}");
        }

        if (properties.Has(BasicProperty.Headers))
        {
            message.ReadCarbonKeys();
        }

        if (wantsReply)
        {
            message.ReplaceProperties(
                new BasicPropertiesEditor(message.Properties.ToArray()).SetReplyTo(_replyName!).Build());
        }
    }

    /// <summary>Routes a message that may be published, and returns or confirms it. Gives false if a queue refused it.</summary>
    private bool Route(Message message, bool mandatory)
    {
        bool taken = true;
        bool stored = false;
        bool replied = message.Exchange.IsEmpty && ReplyTo.IsReplyName(message.RoutingKey) && Host.DeliverReply(message);

        // A reply may go to queues too, by its carbon copies.
        RouteResult routes = Host.Route(message);
        Count(Figure.Publish);
        if (routes.Count > 0)
        {
            taken = Host.Enqueue(message, routes.Queues, out stored);
        }

        if (taken)
        {
            stored |= Host.Remember(routes, message);
        }

        if (!replied && routes.IsUnroutable)
        {
            Count(mandatory ? Figure.ReturnUnroutable : Figure.DropUnroutable);
            if (mandatory)
            {
                Return(message);
            }
        }

        if (_confirms)
        {
            NoteConfirm(taken, stored);
        }

        return taken;
    }

    private void Return(Message message)
    {
        var returned = new BasicReturn(ReplyCode.NoRoute, NoRoute, message.Exchange, message.RoutingKey);
        _session.Chunk.MethodWithContent(Number, in returned, message);
    }

    private void NoteConfirm(bool taken, bool stored)
    {
        ulong tag = ++_lastPublish;
        if (!taken)
        {
            var nack = new BasicNack(tag, Multiple: false, Requeue: false);
            _session.Chunk.Method(Number, in nack);
            return;
        }

        _lastTaken = tag;
        _confirmAwaits |= stored;
        if (!_confirmNoted)
        {
            _confirmNoted = true;
            Host.Gates.Confirm(this);
        }
    }

    /// <summary>The channel is about to fail: what need not wait for the disk is confirmed before the close is sent.</summary>
    private void ConfirmBeforeClose()
    {
        if (_confirmNoted && !_confirmAwaits && GatedConfirms == 0)
        {
            SendConfirm(_lastTaken);
        }
    }

    /// <summary>At the end of a turn: up to which publish it may be confirmed, and whether that waits for the disk.</summary>
    internal (ulong UpTo, bool Awaits) TakeConfirms()
    {
        bool awaits = _confirmAwaits;
        _confirmNoted = false;
        _confirmAwaits = false;
        return (_lastTaken, awaits);
    }

    /// <summary>The publishes up to this one are safe. Gives true for the first since the last confirm was sent.</summary>
    internal bool NoteConfirmed(ulong upTo)
    {
        _ackTo = upTo;
        bool first = !_ackNoted;
        _ackNoted = true;
        return first;
    }

    internal void SendNotedConfirm()
    {
        _ackNoted = false;
        SendConfirm(_ackTo);
    }

    /// <summary>One cumulative basic.ack for all publishes not confirmed yet, up to this one.</summary>
    internal void SendConfirm(ulong upTo)
    {
        if (_ended)
        {
            return;
        }

        var ack = new BasicAck(upTo, Multiple: upTo > _confirmedTo + 1);
        Count(Figure.ConfirmOrOut, (long)(upTo - _confirmedTo));
        _confirmedTo = upTo;
        _session.Chunk.Method(Number, in ack);
    }

    private void ConsumeReplies(in BasicConsume consume)
    {
        if (_replyTag is not null && consume.NoAck)
        {
            throw new ChannelException(ReplyCode.PreconditionFailed, "reply consumer already set");
        }

        ShortString tag = NewTag(consume.ConsumerTag);
        if (!consume.NoAck)
        {
            throw new ChannelException(ReplyCode.PreconditionFailed, "reply consumer cannot acknowledge");
        }

        _replyTag = tag;
        _replyName = ReplyTo.Generate(Host.FillRandom);
        Host.AddReplyChannel(_replyName, this);
        if (!consume.NoWait)
        {
            Reply(new BasicConsumeOk(tag));
        }
    }

    /// <summary>A direct reply; behind the consume-ok if that still waits for the disk.</summary>
    internal void DeliverReply(Message message)
    {
        var deliver = new BasicDeliver(_replyTag!, ++_lastDeliveryTag, Redelivered: false, message.Exchange, message.RoutingKey);
        ReplyWithContent(in deliver, message);
    }

    private void ForgetReplies()
    {
        if (_replyName is not null)
        {
            Host.RemoveReplyChannel(_replyName);
            _replyName = null;
            _replyTag = null;
        }
    }
}
