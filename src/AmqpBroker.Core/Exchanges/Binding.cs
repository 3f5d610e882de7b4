using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// A rule that leads messages from an exchange to a queue or another exchange. Two bindings are the same when source,
/// destination, key and arguments are, whatever the order of the arguments. Immutable for its users; the places in the
/// lists belong to <see cref="BindingList"/>.
/// </summary>
public sealed class Binding : IEquatable<Binding>
{
    private readonly int _hash;
    private int _placeFromSource = -1;
    private int _placeToDestination = -1;
    private int _placeMatching = -1;

    /// <summary>A binding that is not in force yet: <see cref="Exchange.Bind"/> puts it in force.</summary>
    public Binding(Exchange source, Destination destination, ShortString routingKey, FieldTable arguments)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(routingKey);
        ArgumentNullException.ThrowIfNull(arguments);
        Source = source;
        Destination = destination;
        RoutingKey = routingKey;
        Arguments = arguments;
        _hash = HashCode.Combine(
            RuntimeHelpers.GetHashCode(source),
            RuntimeHelpers.GetHashCode(destination),
            routingKey,
            arguments);
    }

    /// <summary>Where messages come from.</summary>
    public Exchange Source { get; }

    /// <summary>Where matching messages go.</summary>
    public Destination Destination { get; }

    /// <summary>The binding key.</summary>
    public ShortString RoutingKey { get; }

    /// <summary>The arguments, as sent.</summary>
    public FieldTable Arguments { get; }

    /// <summary>Whether the binding survives a restart: both of its sides do.</summary>
    public bool Durable => Source.Durable && Destination.Durable;

    /// <summary>What the type of the source has made of the arguments when the binding came into force.</summary>
    internal object? MatchState { get; set; }

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] Binding? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && _hash == other._hash
            && ReferenceEquals(Source, other.Source)
            && ReferenceEquals(Destination, other.Destination)
            && RoutingKey == other.RoutingKey
            && Arguments.Equals(other.Arguments));

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as Binding);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    internal ref int Place(BindingRole role)
    {
        switch (role)
        {
            case BindingRole.FromSource:
                return ref _placeFromSource;
            case BindingRole.ToDestination:
                return ref _placeToDestination;
            default:
                return ref _placeMatching;
        }
    }
}
