using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit;

namespace AmqpBroker.Interop.DotNet6;

public sealed class RoutingTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    [Fact(Timeout = TimeoutMs)]
    public async Task publish_subscribe()
    {
        string logs = DeclareExchange(ExchangeType.Fanout);
        Inbox[] subscribers = [Subscribe(logs, [""]), Subscribe(logs, [""])];

        Publish(logs, "ignored", "first");
        Publish(logs, "", "second");

        foreach (Inbox subscriber in subscribers)
        {
            Delivery first = await subscriber.TakeAsync();
            Assert.Equal((logs, "ignored", "first"), (first.Exchange, first.RoutingKey, first.Text));
            Assert.Equal(["second"], await subscriber.TakeTextsAsync(1));
        }
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task routing()
    {
        string logs = DeclareExchange(ExchangeType.Direct);
        Inbox errors = Subscribe(logs, ["error"]);
        Inbox all = Subscribe(logs, ["info", "warning", "error"]);

        foreach (string severity in (string[])["info", "error", "warning", "error"])
        {
            Publish(logs, severity, severity);
        }

        Assert.Equal(["error", "error"], await errors.TakeTextsAsync(2));
        Assert.Equal(["info", "error", "warning", "error"], await all.TakeTextsAsync(4));
        await AssertUnroutableAsync(logs, "debug");
        Assert.True(errors.IsEmpty);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task topics()
    {
        string animals = DeclareExchange(ExchangeType.Topic);
        Inbox orange = Subscribe(animals, ["*.orange.*"]);
        Inbox rabbitsAndLazy = Subscribe(animals, ["*.*.rabbit", "lazy.#"]);
        Inbox everything = Subscribe(animals, ["#"]);

        string[] keys =
        [
            "quick.orange.rabbit", "lazy.orange.elephant", "quick.orange.fox", "lazy.brown.fox", "lazy.pink.rabbit",
            "quick.brown.fox", "orange", "quick.orange.new.rabbit", "lazy.orange.new.rabbit", "lazy",
        ];
        foreach (string key in keys)
        {
            Publish(animals, key, key);
        }

        Assert.Equal(["quick.orange.rabbit", "lazy.orange.elephant", "quick.orange.fox"], await orange.TakeTextsAsync(3));
        Assert.Equal(
            [
                "quick.orange.rabbit", "lazy.orange.elephant", "lazy.brown.fox", "lazy.pink.rabbit",
                "lazy.orange.new.rabbit", "lazy",
            ],
            await rabbitsAndLazy.TakeTextsAsync(6));
        Assert.Equal(keys, await everything.TakeTextsAsync(keys.Length));
        Assert.True(orange.IsEmpty && rabbitsAndLazy.IsEmpty && everything.IsEmpty);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task headers()
    {
        string reports = DeclareExchange(ExchangeType.Headers);
        Dictionary<string, object> pdfReport = new() { ["format"] = "pdf", ["pages"] = 3 };
        Inbox all = Subscribe(reports, [""], new(pdfReport) { ["x-match"] = "all" });
        Inbox any = Subscribe(reports, [""], new(pdfReport) { ["x-match"] = "any" });

        Publish(reports, "", "both", WithHeaders(pdfReport));
        Publish(reports, "", "one", WithHeaders(new()
        {
            // The width of an integer plays no part in the comparison.
            ["format"] = "zip",
            ["pages"] = 3L,
        }));
        await AssertUnroutableAsync(reports, "", WithHeaders(new() { ["format"] = "zip", ["pages"] = 4 }));

        Assert.Equal(["both"], await all.TakeTextsAsync(1));
        Assert.Equal(["both", "one"], await any.TakeTextsAsync(2));
        Assert.True(all.IsEmpty && any.IsEmpty);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task exchange_to_exchange()
    {
        string outer = DeclareExchange(ExchangeType.Topic);
        string inner = Unique("inner");
        Channel.ExchangeDeclare(inner, ExchangeType.Fanout, durable: true);
        Channel.ExchangeBind(inner, outer, "a.*");
        Inbox inbox = Subscribe(inner, [""]);

        Publish(outer, "a.b", "through two exchanges");
        Assert.Equal(["through two exchanges"], await inbox.TakeTextsAsync(1));

        Channel.ExchangeUnbind(inner, outer, "a.*");
        await AssertUnroutableAsync(outer, "a.b");
    }

    private string DeclareExchange(string type)
    {
        string exchange = Unique(type);
        Channel.ExchangeDeclare(exchange, type, durable: true, autoDelete: false);
        return exchange;
    }

    /// <summary>Publishes and waits until the message comes back; by then everything before it has been routed.</summary>
    private async Task AssertUnroutableAsync(string exchange, string key, IBasicProperties? properties = null)
    {
        TaskCompletionSource<BasicReturnEventArgs> returned = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Channel.BasicReturn += OnReturn;
        Publish(exchange, key, "nobody wants this", properties);
        BasicReturnEventArgs back = await returned.Task.WaitAsync(Wait);
        Channel.BasicReturn -= OnReturn;
        Assert.Equal((312, "NO_ROUTE"), (back.ReplyCode, back.ReplyText));

        void OnReturn(object? sender, BasicReturnEventArgs args) => returned.TrySetResult(args);
    }

    private IBasicProperties WithHeaders(Dictionary<string, object> headers) =>
        Properties(properties => properties.Headers = headers);
}
