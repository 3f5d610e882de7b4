using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// Messages that leave the place in which an exchange kept them: those whose delay is over wait here and are routed at the end
/// of the same command, so that a message's end in one place and its beginning in another are one batch of the journal; what a
/// history holds is given to a new binding. Lane only.
/// </summary>
internal sealed class HeldMessages(VirtualHost host)
{
    private readonly Queue<(Exchange Exchange, Message Message, bool HoldsRecord)> _released = new();
    private readonly RouteResult _routes = new();

    /// <summary>The delay of a message is over: its exchange routes it now.</summary>
    internal void Release(Exchange exchange, Message message) => _released.Enqueue((exchange, message, Hold(message)));

    /// <summary>Routes what was released.</summary>
    internal void Route()
    {
        while (_released.TryDequeue(out (Exchange Exchange, Message Message, bool HoldsRecord) released))
        {
            Message message = released.Message;
            long delayMs = DelayHeader.DelayMs(message.HeaderTable);
            byte[] properties = DelayHeader.Negate(message.Properties, message.Headers, delayMs);
            Send(message, properties, released.Exchange);
            LetGo(message, released.HoldsRecord);
        }
    }

    /// <summary>Gives all messages of a history, the oldest first, to a queue or to an exchange that routes them on.</summary>
    internal void DeliverAll(HistoryQueue history, Destination destination)
    {
        // A way may lead back to the history, so what it holds is noted first.
        var messages = new List<(Message Message, bool HoldsRecord)>();
        for (QueueEntry? entry = history.First; entry is not null; entry = entry.Newer)
        {
            messages.Add((entry.Message!, Hold(entry.Message!)));
        }

        foreach ((Message message, bool holdsRecord) in messages)
        {
            Send(message, message.Properties, destination);
            LetGo(message, holdsRecord);
        }
    }

    /// <summary>The message stays for now, and its record too, because a copy refers to its body.</summary>
    private bool Hold(Message message)
    {
        message.Retain();
        bool stored = message.StoredAt != Message.NotStored;
        if (stored)
        {
            host.AddStoredReference(message);
        }

        return stored;
    }

    private void LetGo(Message message, bool holdsRecord)
    {
        if (holdsRecord)
        {
            host.RemoveStoredReference(message);
        }

        message.Release();
    }

    private void Send(Message message, ReadOnlySpan<byte> properties, Destination destination)
    {
        Message copy = message.WithChanges(message.Exchange, message.RoutingKey, properties);
        copy.AddHiddenKeys(message.HiddenKeys);
        copy.ExpirationMs = copy.ExpirationText is { } expiration ? Expiration.Parse(expiration.Bytes) : -1;
        if (message.StoredAt == Message.NotStored)
        {
            copy.ForgetStored();
        }

        if (destination is Exchange exchange)
        {
            host.Router.Route(exchange, host.InputOf(copy), _routes);
        }
        else
        {
            _routes.Clear();
            _routes.Add(destination);
        }

        host.Enqueue(copy, _routes.Queues, out bool kept);
        host.Remember(_routes, copy);
        if (!kept)
        {
            // Nothing keeps the body that it could refer to.
            copy.ForgetStored();
        }

        _routes.Clear();
        copy.Release();
    }
}
