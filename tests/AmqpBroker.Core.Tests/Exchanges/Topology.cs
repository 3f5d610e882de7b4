using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

/// <summary>A virtual host's exchanges and queues by name, as far as routing needs them.</summary>
internal sealed class Topology
{
    private readonly Dictionary<ShortString, Destination> _queues = [];
    private readonly Dictionary<ShortString, Exchange> _exchanges = [];
    private readonly RouteResult _result = new();

    public Topology()
    {
        Router = new Router(name => _exchanges.GetValueOrDefault(name));
        Default = new DefaultExchange(name => _queues.GetValueOrDefault(name));
        _exchanges.Add(Default.Name, Default);
    }

    public Router Router { get; }

    public DefaultExchange Default { get; }

    public static Binding Binding(Exchange source, Destination destination, string key = "", string arguments = "") =>
        new(source, destination, ShortString.FromString(key), Fields.Table(arguments));

    public static Binding Bind(Exchange source, Destination destination, string key = "", string arguments = "")
    {
        Binding binding = Binding(source, destination, key, arguments);
        Assert.True(source.Bind(binding));
        return binding;
    }

    public TestQueue Queue(string name, bool durable = false)
    {
        var queue = new TestQueue(name, durable);
        _queues.Add(queue.Name, queue);
        return queue;
    }

    public Exchange Exchange(string type, string name, string? alternate = null, bool durable = false, bool autoDelete = false, string arguments = "")
    {
        Exchange exchange = ExchangeTypes.Create(
            ShortString.FromString(type),
            new ExchangeProperties(
                ShortString.FromString(name),
                durable,
                autoDelete,
                Internal: false,
                Fields.Table(arguments),
                alternate is null ? null : ShortString.FromString(alternate)));
        _exchanges.Add(exchange.Name, exchange);
        return exchange;
    }

    /// <summary>The names of the queues a message goes to, in the order of the result.</summary>
    public string[] Route(Exchange exchange, string key = "", string headers = "", params string[] extraKeys)
    {
        ShortString[] extra = [.. extraKeys.Select(ShortString.FromString)];
        Router.Route(exchange, new RoutingInput(ShortString.FromString(key), Fields.Raw(headers), extra), _result);
        return [.. _result.Queues.ToArray().Select(queue => queue.Name.ToString())];
    }
}
