using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Policies;

/// <summary>
/// The definition that holds when a policy and an operator policy meet: what one of them sets alone holds; of two numbers the
/// smaller does; of two texts, and of two versions, the operator's does.
/// </summary>
internal static class PolicyMerge
{
    /// <summary>The merged definition, in order of the names.</summary>
    internal static FieldTable Merge(FieldTable user, FieldTable @operator)
    {
        if (@operator.IsEmpty || user.IsEmpty)
        {
            return @operator.IsEmpty ? user : @operator;
        }

        var merged = new FieldTableBuilder(user);
        foreach ((ShortString name, FieldValue value) in @operator)
        {
            merged.Set(name, Find(user, name) is { } other ? Resolve(name, other, value) : value);
        }

        return merged.SortByName().Build();
    }

    private static FieldValue Resolve(ShortString name, FieldValue user, FieldValue @operator) =>
        user.Type == FieldType.LongString || name.Bytes.SequenceEqual("queue-version"u8) || user.AsInt64() > @operator.AsInt64()
            ? @operator
            : user;

    private static FieldValue? Find(FieldTable table, ShortString name) => table.TryGetValue(name, out FieldValue value) ? value : null;
}
