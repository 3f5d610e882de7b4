using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>A type of exchange: its name, and how one is made. The types are listed in <see cref="ExchangeTypes"/>.</summary>
public sealed class ExchangeType
{
    private readonly Func<ExchangeProperties, Exchange> _create;

    internal ExchangeType(string name, Func<ExchangeProperties, Exchange> create)
    {
        Name = ShortString.FromString(name);
        _create = create;
    }

    /// <summary>The name that clients declare it by.</summary>
    public ShortString Name { get; }

    /// <summary>Arguments of a declaration that are compared when the exchange is declared again, besides the alternate exchange.</summary>
    internal IReadOnlyList<string> ComparedArguments { get; init; } = [];

    /// <summary>Checks the arguments of a declaration: (properties, virtual host). Throws what the client gets.</summary>
    internal Action<ExchangeProperties, string>? CheckArguments { get; init; }

    /// <summary>Its exchanges have state of their own that lives as long as they do: the journal names it by an id.</summary>
    internal bool KeepsState { get; init; }

    /// <summary>Makes an exchange of this type.</summary>
    public Exchange Create(ExchangeProperties properties) => _create(properties);

    /// <inheritdoc/>
    public override string ToString() => Name.ToString();
}
