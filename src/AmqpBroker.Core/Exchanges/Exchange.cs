using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// An exchange: decides to which destinations a message goes. Used inside the lane of its virtual host only. Matching
/// allocates nothing and gives the destinations in an order that depends on nothing but the order of the bindings.
/// </summary>
public abstract class Exchange : Destination
{
    private readonly HashSet<Binding> _identities = [];
    private readonly ShortString? _ownAlternate;
    private readonly BindingList _bindings = new(BindingRole.FromSource);

    /// <summary>An exchange without bindings.</summary>
    private protected Exchange(ExchangeType type, ExchangeProperties properties)
        : base(properties.Name)
    {
        Type = type;
        Durable = properties.Durable;
        AutoDelete = properties.AutoDelete;
        Internal = properties.Internal;
        Arguments = properties.Arguments;
        _ownAlternate = properties.AlternateExchange;
        AlternateExchange = _ownAlternate;
    }

    /// <summary>The type of the exchange.</summary>
    public ExchangeType Type { get; }

    /// <inheritdoc/>
    public override bool Durable { get; }

    /// <summary>Whether it is deleted when its last binding as a source goes, once it has had one.</summary>
    public bool AutoDelete { get; }

    /// <summary>Whether clients may not publish to it; bindings may lead to it.</summary>
    public bool Internal { get; }

    /// <summary>The arguments of the declaration, as sent.</summary>
    public FieldTable Arguments { get; }

    /// <summary>
    /// The name of the exchange that gets what this one matches nothing for; null if there is none. It need not exist.
    /// From the argument; without one, from a policy.
    /// </summary>
    public ShortString? AlternateExchange { get; private set; }

    /// <summary>The policy that holds for it.</summary>
    internal AppliedPolicies Policies { get; private set; } = AppliedPolicies.None;

    /// <summary>Names its state in the journal, as a queue's id does, from the same numbers; 0: the type keeps no state.</summary>
    internal int StateId { get; set; }

    /// <summary>The messages it keeps, for types that do; null: it keeps none, or is in no virtual host.</summary>
    internal MessageQueue? Hold { get; set; }

    /// <summary>What is counted of it; null when nothing was yet.</summary>
    internal Meter? Meter { get; set; }

    /// <summary>The bindings that lead away from here, in the order in which they were made.</summary>
    public IReadOnlyCollection<Binding> Bindings => _bindings;

    /// <summary>The same with gaps (null), for who goes through them over many turns. Valid until the next change.</summary>
    internal ReadOnlySpan<Binding?> BindingPlaces => _bindings.Places;

    /// <summary>Whether there was ever a binding that led away from here: an auto-delete exchange goes only then.</summary>
    public bool HadBinding { get; private set; }

    /// <summary>Whether it is to be deleted now: auto-delete, had a binding, and has none any more.</summary>
    public bool IsAutoDeleteDue => AutoDelete && HadBinding && _bindings.Count == 0;

    /// <summary>Checks what a client asks to bind, before the binding is made.</summary>
    /// <exception cref="ChannelException">406: the arguments are not valid for this type of exchange.</exception>
    public virtual void CheckBinding(ShortString routingKey, FieldTable arguments)
    {
    }

    /// <summary>Checks what a client asks to bind, for types that look at the destination too.</summary>
    /// <exception cref="ChannelException">406: the binding is not valid for this type of exchange.</exception>
    public virtual void CheckBinding(Binding binding)
    {
        ArgumentNullException.ThrowIfNull(binding);
        CheckBinding(binding.RoutingKey, binding.Arguments);
    }

    /// <summary>From now on these policies hold. What the default exchange finds no queue for goes nowhere else, as in RabbitMQ.</summary>
    internal void Apply(AppliedPolicies policies)
    {
        Policies = policies;
        if (!Name.IsEmpty)
        {
            AlternateExchange = _ownAlternate ?? policies.Values.AlternateExchange;
        }
    }

    /// <summary>Puts a binding in force.</summary>
    /// <returns>False if the same binding was there already; then nothing has changed.</returns>
    public bool Bind(Binding binding)
    {
        ArgumentNullException.ThrowIfNull(binding);
        if (!ReferenceEquals(binding.Source, this))
        {
            throw new ArgumentException("The binding is of another source.", nameof(binding));
        }

        if (!_identities.Add(binding))
        {
            return false;
        }

        HadBinding = true;
        _bindings.Add(binding);
        binding.Destination.AddBindingTo(binding);
        AddMatch(binding);
        return true;
    }

    /// <summary>Takes away the binding that is the same as <paramref name="identity"/>.</summary>
    /// <returns>False if there is none.</returns>
    public bool Unbind(Binding identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        if (!_identities.TryGetValue(identity, out Binding? binding))
        {
            return false;
        }

        _identities.Remove(binding);
        RemoveMatch(binding);
        binding.Destination.RemoveBindingTo(binding);
        _bindings.Remove(binding);
        return true;
    }

    /// <summary>The binding in force that is the same as <paramref name="identity"/>; null if there is none.</summary>
    public Binding? Find(Binding identity) => _identities.TryGetValue(identity, out Binding? binding) ? binding : null;

    /// <summary>
    /// Takes away every binding from here to <paramref name="destination"/>. Costs no more than the number of bindings
    /// that lead to the destination; see <see cref="Destination.UnbindAllTo"/> for those of all sources.
    /// </summary>
    public void RemoveAllTo(Destination destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        foreach (Binding binding in destination.BindingsTo)
        {
            if (ReferenceEquals(binding.Source, this))
            {
                Unbind(binding);
            }
        }
    }

    /// <summary>Takes away every binding that leads away from here: what deleting the exchange does, besides <see cref="Destination.UnbindAllTo"/>.</summary>
    /// <returns>The bindings that were removed, in the order in which they were made.</returns>
    public Binding[] UnbindAllFrom()
    {
        Binding[] removed = _bindings.ToArray();
        foreach (Binding binding in removed)
        {
            Unbind(binding);
        }

        return removed;
    }

    /// <summary>Makes the place for messages that an exchange of this type keeps; null: it keeps none.</summary>
    internal virtual MessageQueue? CreateHold(VirtualHost host) => null;

    /// <summary>Gives the sink every destination that the message matches. The same one may be given more than once.</summary>
    public abstract void Match(in RoutingInput input, MatchSink sink);

    /// <summary>Takes a binding that has come into force into what <see cref="Match"/> looks at.</summary>
    internal abstract void AddMatch(Binding binding);

    /// <summary>Takes a binding out of what <see cref="Match"/> looks at.</summary>
    internal abstract void RemoveMatch(Binding binding);
}
