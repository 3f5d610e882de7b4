using System.Runtime.InteropServices;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// Messages on their way to a dead-letter exchange. What a command lets die waits here and is routed at the end of the same
/// command, one after the other, so that a chain of full queues needs no recursion and the whole chain is one batch.
/// <para>
/// Queues that are always full and dead-letter to each other would make as many copies of one message as there are orders to
/// go through the queues. RabbitMQ makes them all, some time; here copies of one message that a command brings forth come
/// into a queue <see cref="VisitsOfOneMessage"/> times at most. What more would come could only push out its own likes.
/// </para>
/// Lane only.
/// </summary>
internal sealed class DeadLetters(VirtualHost host)
{
    /// <summary>More paths than any sensible arrangement of full queues has from one queue to another.</summary>
    private const int VisitsOfOneMessage = 16;

    private readonly Queue<Death> _waiting = new();
    private readonly Dictionary<(long Cascade, MessageQueue Queue), int> _visits = [];
    private long _lastCascade;
    private long _firstCascadeOfCommand = 1;
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

    /// <summary>The command is at its end: what dies later is another cascade.</summary>
    internal void EndCommand()
    {
        _firstCascadeOfCommand = _lastCascade + 1;
        _visits.Clear();
    }

    private void RemoveVisitedTooOften(long cascade) =>
        _admitted.RemoveAll(queue => IsVisitedTooOften(cascade, (MessageQueue)queue));

    private bool IsVisitedTooOften(long cascade, MessageQueue queue) =>
        ++CollectionsMarshal.GetValueRefOrAddDefault(_visits, (cascade, queue), out _) > VisitsOfOneMessage;

    private void Route(Exchange exchange, in Death death)
    {
        var letter = new DeadLetter(death.Message, death.Queue, death.Reason, host.NowMs);
        Message copy = death.Message.WithChanges(exchange.Name, letter.RoutingKey, letter.Properties);
        if (!death.HoldsRecord)
        {
            copy.ForgetStored();
        }

        host.Router.Route(
            exchange,
            new RoutingInput(copy.RoutingKey, copy.HeaderTable, letter.CarbonKeys) { Properties = copy.Properties, NowMs = host.NowMs },
            _routes);
        copy.AddHiddenKeys(letter.HiddenKeys);
        letter.Admit(_routes.Queues, _admitted);
        if (death.Message.Cascade >= _firstCascadeOfCommand)
        {
            // A copy made in this very command dies again.
            copy.Cascade = death.Message.Cascade;
            RemoveVisitedTooOften(copy.Cascade);
        }
        else
        {
            copy.Cascade = ++_lastCascade;
        }

        host.Enqueue(copy, CollectionsMarshal.AsSpan(_admitted), out bool kept);
        host.Remember(_routes, copy);
        if (!kept)
        {
            // Nothing keeps the body that it could refer to.
            copy.ForgetStored();
        }

        _admitted.Clear();
        copy.Release();
    }
}
