using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// What a binding can lead to: a queue or an exchange. Used inside the lane of its virtual host only.
/// Knows the bindings that lead to it, so that deleting it costs no more than those bindings.
/// </summary>
public abstract class Destination
{
    private readonly BindingList _bindingsTo = new(BindingRole.ToDestination);

    /// <summary>A destination of this name, without bindings.</summary>
    protected Destination(ShortString name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        IsExchange = this is Exchange;
    }

    /// <summary>The name, unique among the queues, or among the exchanges, of the virtual host.</summary>
    public ShortString Name { get; }

    /// <summary>Whether it survives a restart.</summary>
    public abstract bool Durable { get; }

    /// <summary>The bindings that lead here, from all sources, in the order in which they were made.</summary>
    public IReadOnlyCollection<Binding> BindingsTo => _bindingsTo;

    /// <summary>The same with gaps (null), for who goes through them over many turns. Valid until the next change.</summary>
    internal ReadOnlySpan<Binding?> BindingToPlaces => _bindingsTo.Places;

    /// <summary>Whether this is an exchange; otherwise it is a queue.</summary>
    public bool IsExchange { get; }

    /// <summary>The stamp of the last route that met this destination; see <see cref="Router"/>.</summary>
    internal long VisitStamp { get; set; }

    /// <summary>
    /// Takes away every binding that leads here: what deleting a queue or an exchange does. The caller looks at the
    /// sources of the returned bindings for exchanges that are to be deleted with their last binding.
    /// </summary>
    /// <returns>The bindings that were removed, in the order in which they were made.</returns>
    public Binding[] UnbindAllTo()
    {
        Binding[] removed = _bindingsTo.ToArray();
        foreach (Binding binding in removed)
        {
            binding.Source.Unbind(binding);
        }

        return removed;
    }

    /// <summary>Where its virtual host's registry keeps it.</summary>
    internal int RegistryPlace { get; set; }

    internal void AddBindingTo(Binding binding) => _bindingsTo.Add(binding);

    internal void RemoveBindingTo(Binding binding) => _bindingsTo.Remove(binding);
}
