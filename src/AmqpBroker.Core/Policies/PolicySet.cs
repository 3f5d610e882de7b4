using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Policies;

/// <summary>
/// The policies of a virtual host, and which of them hold for what. Of those that match, the one with the highest priority
/// holds; of equal ones the first by name. Lane only.
/// </summary>
internal sealed class PolicySet
{
    /// <summary>
    /// Policies of one kind. Whoever declares a queue waits while its name is tried against the patterns, some 200 ns each:
    /// so many stay below a millisecond. Hosts in use have a handful.
    /// </summary>
    internal const int MaxPolicies = 1000;

    private readonly Dictionary<(PolicyKind Kind, string Name), Policy> _byName = [];

    // What is shared by all for which the same two hold; made anew with each change, so that it holds nothing that is gone.
    private readonly Dictionary<(Policy? User, Policy? Operator), AppliedPolicies> _applied = [];
    private Policy[] _users = [];
    private Policy[] _operators = [];

    /// <summary>All policies of both kinds, in the order in which they are tried.</summary>
    internal IEnumerable<Policy> All => _users.Concat(_operators);

    internal int Count => _byName.Count;

    /// <summary>The policies of one kind, in the order in which they are tried. Never changed: a change makes another array.</summary>
    internal IReadOnlyList<Policy> Of(PolicyKind kind) => kind == PolicyKind.User ? _users : _operators;

    internal Policy? Find(PolicyKind kind, string name) => _byName.GetValueOrDefault((kind, name));

    /// <summary>Puts a policy, or another in place of the one of its name.</summary>
    internal void Put(Policy policy)
    {
        _byName[(policy.Kind, policy.Name)] = policy;
        Sort(policy.Kind);
    }

    /// <summary>Gives false if there is none of this name.</summary>
    internal bool Remove(PolicyKind kind, string name)
    {
        bool removed = _byName.Remove((kind, name));
        if (removed)
        {
            Sort(kind);
        }

        return removed;
    }

    /// <summary>What holds for a queue of this type and name.</summary>
    internal AppliedPolicies ForQueue(QueueType type, ShortString name) => Count == 0
        ? AppliedPolicies.None
        : Applied(FirstForQueue(_users, type, name), FirstForQueue(_operators, type, name));

    /// <summary>What holds for an exchange of this name. Operator policies are not for exchanges.</summary>
    internal AppliedPolicies ForExchange(ShortString name)
    {
        foreach (Policy policy in _users)
        {
            if (policy.IsForExchange(name.Bytes))
            {
                return Applied(policy, null);
            }
        }

        return AppliedPolicies.None;
    }

    private static Policy? FirstForQueue(Policy[] policies, QueueType type, ShortString name)
    {
        foreach (Policy policy in policies)
        {
            if (policy.IsForQueue(type, name.Bytes))
            {
                return policy;
            }
        }

        return null;
    }

    private AppliedPolicies Applied(Policy? user, Policy? @operator)
    {
        if (user is null && @operator is null)
        {
            return AppliedPolicies.None;
        }

        if (!_applied.TryGetValue((user, @operator), out AppliedPolicies? applied))
        {
            applied = new AppliedPolicies(user, @operator);
            _applied.Add((user, @operator), applied);
        }

        return applied;
    }

    private void Sort(PolicyKind kind)
    {
        _applied.Clear();
        Policy[] sorted =
        [
            .. _byName.Values
                .Where(p => p.Kind == kind)
                .OrderByDescending(static p => p.Priority)
                .ThenBy(static p => p.Name, StringComparer.Ordinal),
        ];
        if (kind == PolicyKind.User)
        {
            _users = sorted;
        }
        else
        {
            _operators = sorted;
        }
    }
}
