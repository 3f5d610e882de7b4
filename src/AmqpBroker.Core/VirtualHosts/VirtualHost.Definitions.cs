using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>Exchanges, queues and bindings come and go. Each change is applied and logged here; who may ask for it is checked before.</summary>
public sealed partial class VirtualHost
{
    internal Exchange AddExchange(ShortString type, ExchangeProperties properties)
    {
        Exchange exchange = ExchangeTypes.Create(type, properties);
        Put(exchange, exchange.Type.KeepsState ? ++_lastQueueId : 0);
        ApplyPolicies(exchange);
        if (exchange.Durable)
        {
            Log.ExchangeDeclared(exchange);
        }

        return exchange;
    }

    internal void Delete(Exchange exchange)
    {
        // A list of work and no recursion: a chain of auto-delete exchanges is as long as clients make it.
        var due = new Queue<Exchange>();
        due.Enqueue(exchange);
        while (due.TryDequeue(out Exchange? next))
        {
            if (!_exchanges.Remove(next.Name))
            {
                continue;
            }

            if (next.Durable)
            {
                Log.ExchangeDeleted(next.Name);
            }

            DropHold(next);
            next.UnbindAllFrom();
            foreach (Binding binding in next.UnbindAllTo())
            {
                if (binding.Source.IsAutoDeleteDue)
                {
                    due.Enqueue(binding.Source);
                }
            }
        }
    }

    internal MessageQueue AddQueue(in QueueDeclaration request, Session? owner, QueueArguments arguments)
    {
        var queue = new MessageQueue(this, ++_lastQueueId, request, arguments) { Owner = owner };
        queue.Apply(PoliciesFor(queue));
        Put(queue);
        Meters.Count(Figure.QueueCreated);
        owner?.ExclusiveQueues.Add(queue);
        if (queue.Durable)
        {
            Log.QueueDeclared(queue);
        }

        queue.NoteUse();
        return queue;
    }

    internal void Delete(MessageQueue queue)
    {
        if (queue.Deleted)
        {
            return;
        }

        _queues.Remove(queue.Name);
        _queuesById.Remove(queue.Id);
        Meters.Count(Figure.QueueDeleted);
        queue.Owner?.ExclusiveQueues.Remove(queue);
        if (queue.Durable)
        {
            Log.QueueDeleted(queue);
        }

        queue.Drop();
        foreach (Consumer consumer in queue.Consumers.All.ToArray())
        {
            consumer.Channel.CancelledByBroker(consumer);
        }

        DeleteUnboundSources(queue.UnbindAllTo());
    }

    /// <summary>Gives false if the binding was there already.</summary>
    internal bool Bind(Binding binding)
    {
        bool added = binding.Source.Bind(binding);
        if (added && binding.Durable)
        {
            Log.Bound(binding);
        }

        if (added && binding.Source.Hold is HistoryQueue history)
        {
            Held.DeliverAll(history, binding.Destination);
        }

        return added;
    }

    /// <summary>Gives false if there was no such binding.</summary>
    internal bool Unbind(Binding identity)
    {
        if (identity.Source.Find(identity) is not { } binding)
        {
            return false;
        }

        binding.Source.Unbind(binding);
        if (binding.Durable)
        {
            Log.Unbound(binding);
        }

        DeleteUnboundSources([binding]);
        return true;
    }

    /// <summary>The last consumer of an auto-delete queue has gone, or an unused queue's lease begins.</summary>
    internal void ConsumerGone(MessageQueue queue)
    {
        if (queue.Consumers.Count > 0)
        {
            return;
        }

        if (queue.AutoDelete && queue.HadConsumer)
        {
            Delete(queue);
        }
        else
        {
            queue.NoteUse();
        }
    }

    /// <summary>While replaying: the queue as it was declared.</summary>
    internal MessageQueue RestoreQueue(int id, ShortString name, bool autoDelete, QueueArguments arguments)
    {
        var request = new QueueDeclaration(name, Durable: true, Exclusive: false, autoDelete);
        var queue = new MessageQueue(this, id, request, arguments);
        _lastQueueId = Math.Max(_lastQueueId, id);
        Put(queue);
        return queue;
    }

    internal MessageQueue? FindQueue(int id) => _queuesById.GetValueOrDefault(id);

    /// <summary>While replaying: the exchange as it was declared.</summary>
    /// <returns>The exchange, or the one of this name that there is already.</returns>
    internal Exchange RestoreExchange(ShortString type, ExchangeProperties properties, int stateId)
    {
        if (FindExchange(properties.Name) is { } existing)
        {
            return existing;
        }

        Exchange exchange = ExchangeTypes.Create(type, properties);
        Put(exchange, stateId);
        return exchange;
    }

    /// <summary>While replaying: the exchange ended; what followed from that has records of its own.</summary>
    internal void Forget(Exchange exchange)
    {
        _exchanges.Remove(exchange.Name);
        DropHold(exchange);
        exchange.UnbindAllFrom();
        exchange.UnbindAllTo();
    }

    /// <summary>While replaying: the queue ended; what followed from that has records of its own.</summary>
    internal void Forget(MessageQueue queue)
    {
        _queues.Remove(queue.Name);
        _queuesById.Remove(queue.Id);
        queue.Drop();
        queue.UnbindAllTo();
    }

    private void Put(Exchange exchange, int stateId)
    {
        _exchanges.Add(exchange);
        exchange.StateId = stateId;
        _lastQueueId = Math.Max(_lastQueueId, stateId);
        if (exchange.CreateHold(this) is { } hold)
        {
            exchange.Hold = hold;
            _queuesById.Add(hold.Id, hold);
        }
    }

    private void DropHold(Exchange exchange)
    {
        if (exchange.Hold is { } hold)
        {
            _queuesById.Remove(hold.Id);
            hold.Drop();
        }
    }

    private void Put(MessageQueue queue)
    {
        _queues.Add(queue);
        _queuesById.Add(queue.Id, queue);
    }

    private void DeleteUnboundSources(ReadOnlySpan<Binding> removed)
    {
        foreach (Binding binding in removed)
        {
            if (binding.Source.IsAutoDeleteDue)
            {
                Delete(binding.Source);
            }
        }
    }
}
