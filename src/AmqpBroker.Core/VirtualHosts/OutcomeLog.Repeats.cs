using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.VirtualHosts;

/// <content>
/// Definitions are written twice, the second time as what has come of them since, with what a later turn writes: with the one
/// batch that names a queue all of its messages would be lost. Replay takes what it has already as said once.
/// </content>
internal sealed partial class OutcomeLog
{
    private Definitions _defined = new();
    private Definitions _toRepeat = new();
    private bool _repeating;

    /// <summary>Whose outcomes these are: asked what came of what was logged. Null where nothing is repeated.</summary>
    internal VirtualHost? Host { get; init; }

    /// <summary>What was declared or deleted in a turn.</summary>
    private sealed class Definitions
    {
        public List<ShortString> Exchanges { get; } = [];

        public List<MessageQueue> Queues { get; } = [];

        public List<Binding> Bindings { get; } = [];

        public List<(PolicyKind Kind, string Name)> Policies { get; } = [];

        public bool IsEmpty => Exchanges.Count + Queues.Count + Bindings.Count + Policies.Count == 0;
    }

    private void RepeatLater<T>(List<T> list, T thing)
    {
        if (!_repeating && Host is not null)
        {
            list.Add(thing);
        }
    }

    /// <summary>At the end of a turn, before its batch is handed over: adds what earlier turns defined, if there is a batch.</summary>
    private void WriteRepeats()
    {
        if (_batch is not null && !_toRepeat.IsEmpty)
        {
            _repeating = true;
            _toRepeat.Exchanges.ForEach(RepeatExchange);
            _toRepeat.Queues.ForEach(RepeatQueue);
            _toRepeat.Bindings.ForEach(RepeatBinding);
            _toRepeat.Policies.ForEach(RepeatPolicy);
            _toRepeat = new Definitions();
            _repeating = false;
        }

        if (_toRepeat.IsEmpty)
        {
            (_defined, _toRepeat) = (_toRepeat, _defined);
        }
    }

    private void RepeatExchange(ShortString name)
    {
        if (Host!.FindExchange(name) is { Durable: true } exchange)
        {
            ExchangeDeclared(exchange);
        }
        else
        {
            ExchangeDeleted(name);
        }
    }

    private void RepeatQueue(MessageQueue queue)
    {
        if (queue.Deleted)
        {
            QueueDeleted(queue);
        }
        else
        {
            QueueDeclared(queue);
        }
    }

    private void RepeatBinding(Binding binding)
    {
        if (!ReferenceEquals(Host!.FindExchange(binding.Source.Name), binding.Source))
        {
            // Went with its source.
            return;
        }

        if (binding.Source.Find(binding) is not null)
        {
            Bound(binding);
        }
        else
        {
            Unbound(binding);
        }
    }

    private void RepeatPolicy((PolicyKind Kind, string Name) key)
    {
        if (Host!.Policies.Find(key.Kind, key.Name) is { } policy)
        {
            PolicyPut(policy);
        }
        else
        {
            PolicyDeleted(key.Kind, key.Name);
        }
    }
}
