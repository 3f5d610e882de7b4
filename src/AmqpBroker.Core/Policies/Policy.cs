using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Policies;

/// <summary>
/// A policy: what holds for all queues or exchanges whose name its pattern matches, unless another one of its kind has a
/// higher priority. Validated; immutable.
/// </summary>
internal sealed class Policy
{
    private readonly bool _notForClassic;
    private readonly bool _notForQuorum;

    /// <param name="kind">Whose policy.</param>
    /// <param name="name">Its name, unique in its virtual host and kind.</param>
    /// <param name="pattern">Which names it is for.</param>
    /// <param name="target">What it is for.</param>
    /// <param name="priority">Of several that match the highest counts.</param>
    /// <param name="definition">Its keys and their values, valid, in order of their names.</param>
    internal Policy(PolicyKind kind, string name, NamePattern pattern, PolicyTarget target, double priority, FieldTable definition)
    {
        Kind = kind;
        Name = name;
        Pattern = pattern;
        Target = target;
        Priority = priority;
        Definition = definition;
        foreach ((ShortString key, _) in definition)
        {
            if (PolicyKey.All.TryGetValue(key.ToString(), out PolicyKey? known))
            {
                _notForClassic |= known.NotForClassic;
                _notForQuorum |= known.NotForQuorum;
            }
        }
    }

    internal PolicyKind Kind { get; }

    internal string Name { get; }

    internal NamePattern Pattern { get; }

    internal PolicyTarget Target { get; }

    internal double Priority { get; }

    internal FieldTable Definition { get; }

    /// <summary>Whether it may hold for a queue of this type and name.</summary>
    internal bool IsForQueue(QueueType type, ReadOnlySpan<byte> name) =>
        IsForType(type) && Pattern.IsMatch(name);

    /// <summary>Whether it may hold for an exchange of this name.</summary>
    internal bool IsForExchange(ReadOnlySpan<byte> name) =>
        Target is PolicyTarget.All or PolicyTarget.Exchanges && Pattern.IsMatch(name);

    /// <summary>Whether the other one says the same: putting it changes nothing.</summary>
    internal bool IsSameAs(Policy other) =>
        Kind == other.Kind && Name == other.Name && Pattern.Text == other.Pattern.Text && Target == other.Target
        && Priority.Equals(other.Priority) && Definition.RawBytes.Span.SequenceEqual(other.Definition.RawBytes.Span);

    private bool IsForType(QueueType type) => Target switch
    {
        PolicyTarget.All or PolicyTarget.Queues => type == QueueType.Quorum ? !_notForQuorum : !_notForClassic,
        PolicyTarget.ClassicQueues => type == QueueType.Classic && !_notForClassic,
        PolicyTarget.QuorumQueues => type == QueueType.Quorum && !_notForQuorum,
        _ => false,
    };
}
