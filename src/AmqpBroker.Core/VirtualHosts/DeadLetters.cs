using System.Runtime.InteropServices;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// Messages on their way to a dead-letter exchange. What a command lets die waits here and is routed at the end of the same
/// command, one after the other, so that a chain of full queues needs no recursion and the whole chain is one batch. Lane only.
/// </summary>
internal sealed class DeadLetters(VirtualHost host)
{
    private readonly Queue<Death> _waiting = new();
    private readonly RouteResult _routes = new();
    private readonly List<Destination> _admitted = [];

    private readonly record struct Death(MessageQueue Queue, Message Message, DeathReason Reason, bool HoldsRecord);

    /// <summary>The queue lets the message go; its dead-letter exchange gets a copy.</summary>
    internal void Add(MessageQueue queue, Message message, DeathReason reason)
    {
        message.Retain();
        bool stored = message.StoredAt != Message.NotStored;
        if (stored)
        {
            // Its record must outlive the entry that ends now, because the copy refers to its body.
            host.AddStoredReference(message);
        }

        _waiting.Enqueue(new Death(queue, message, reason, stored));
    }

    internal void Route()
    {
        while (_waiting.TryDequeue(out Death death))
        {
            if (host.FindExchange(death.Queue.Settings.DeadLetterExchange!) is { } exchange)
            {
                Route(exchange, death);
            }

            if (death.HoldsRecord)
            {
                host.RemoveStoredReference(death.Message);
            }

            death.Message.Release();
        }
    }

    private void Route(Exchange exchange, in Death death)
    {
        var letter = new DeadLetter(death.Message, death.Queue, death.Reason, host.NowMs);
        Message copy = death.Message.WithChanges(exchange.Name, letter.RoutingKey, letter.Properties);
        copy.SetCarbonKeys(letter.CarbonKeys);
        if (!death.HoldsRecord)
        {
            copy.ForgetStored();
        }

        host.Router.Route(
            exchange,
            new RoutingInput(copy.RoutingKey, copy.HeaderTable, letter.CarbonKeys) { Properties = copy.Properties },
            _routes);
        letter.Admit(_routes.Queues, _admitted);
        host.Enqueue(copy, CollectionsMarshal.AsSpan(_admitted), out bool kept);
        if (!kept)
        {
            // Nothing keeps the body that it could refer to.
            copy.ForgetStored();
        }

        _admitted.Clear();
        copy.Release();
    }
}
