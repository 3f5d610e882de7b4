using AmqpBroker.Interop.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit;

namespace AmqpBroker.Interop.DotNet;

public sealed class RoutingTests(BrokerFixture fixture) : ClientTest(fixture.Broker)
{
    [Fact(Timeout = TimeoutMs)]
    public async Task publish_subscribe()
    {
        string logs = await DeclareExchangeAsync(ExchangeType.Fanout);
        Inbox[] subscribers = [await SubscribeAsync(logs, [""]), await SubscribeAsync(logs, [""])];

        await PublishAsync(logs, "ignored", "first");
        await PublishAsync(logs, "", "second");

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
        string logs = await DeclareExchangeAsync(ExchangeType.Direct);
        Inbox errors = await SubscribeAsync(logs, ["error"]);
        Inbox all = await SubscribeAsync(logs, ["info", "warning", "error"]);

        foreach (string severity in (string[])["info", "error", "warning", "error"])
        {
            await PublishAsync(logs, severity, severity);
        }

        Assert.Equal(["error", "error"], await errors.TakeTextsAsync(2));
        Assert.Equal(["info", "error", "warning", "error"], await all.TakeTextsAsync(4));
        await AssertUnroutableAsync(logs, "debug");
        Assert.True(errors.IsEmpty);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task topics()
    {
        string animals = await DeclareExchangeAsync(ExchangeType.Topic);
        Inbox orange = await SubscribeAsync(animals, ["*.orange.*"]);
        Inbox rabbitsAndLazy = await SubscribeAsync(animals, ["*.*.rabbit", "lazy.#"]);
        Inbox everything = await SubscribeAsync(animals, ["#"]);

        string[] keys =
        [
            "quick.orange.rabbit", "lazy.orange.elephant", "quick.orange.fox", "lazy.brown.fox", "lazy.pink.rabbit",
            "quick.brown.fox", "orange", "quick.orange.new.rabbit", "lazy.orange.new.rabbit", "lazy",
        ];
        foreach (string key in keys)
        {
            await PublishAsync(animals, key, key);
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
        string reports = await DeclareExchangeAsync(ExchangeType.Headers);
        Dictionary<string, object?> pdfReport = new() { ["format"] = "pdf", ["pages"] = 3 };
        Inbox all = await SubscribeAsync(reports, [""], new(pdfReport) { ["x-match"] = "all" });
        Inbox any = await SubscribeAsync(reports, [""], new(pdfReport) { ["x-match"] = "any" });

        await PublishAsync(reports, "", "both", new BasicProperties { Headers = new Dictionary<string, object?>(pdfReport) });
        await PublishAsync(reports, "", "one", new BasicProperties
        {
            // The width of an integer plays no part in the comparison.
            Headers = new Dictionary<string, object?> { ["format"] = "zip", ["pages"] = 3L },
        });
        await AssertUnroutableAsync(reports, "", new BasicProperties
        {
            Headers = new Dictionary<string, object?> { ["format"] = "zip", ["pages"] = 4 },
        });

        Assert.Equal(["both"], await all.TakeTextsAsync(1));
        Assert.Equal(["both", "one"], await any.TakeTextsAsync(2));
        Assert.True(all.IsEmpty && any.IsEmpty);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task exchange_to_exchange()
    {
        string outer = await DeclareExchangeAsync(ExchangeType.Topic);
        string inner = Unique("inner");
        await Channel.ExchangeDeclareAsync(inner, ExchangeType.Fanout, durable: true);
        await Channel.ExchangeBindAsync(inner, outer, "a.*");
        Inbox inbox = await SubscribeAsync(inner, [""]);

        await PublishAsync(outer, "a.b", "through two exchanges");
        Assert.Equal(["through two exchanges"], await inbox.TakeTextsAsync(1));

        await Channel.ExchangeUnbindAsync(inner, outer, "a.*");
        await AssertUnroutableAsync(outer, "a.b");
    }

    private async Task<string> DeclareExchangeAsync(string type)
    {
        string exchange = Unique(type);
        await Channel.ExchangeDeclareAsync(exchange, type, durable: true, autoDelete: false);
        return exchange;
    }

    /// <summary>Publishes and waits until the message comes back; by then everything before it has been routed.</summary>
    private async Task AssertUnroutableAsync(string exchange, string key, BasicProperties? properties = null)
    {
        TaskCompletionSource<BasicReturnEventArgs> returned = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Channel.BasicReturnAsync += OnReturn;
        await PublishAsync(exchange, key, "nobody wants this", properties);
        BasicReturnEventArgs back = await returned.Task.WaitAsync(Wait);
        Channel.BasicReturnAsync -= OnReturn;
        Assert.Equal((312, "NO_ROUTE"), (back.ReplyCode, back.ReplyText));

        Task OnReturn(object sender, BasicReturnEventArgs args)
        {
            returned.TrySetResult(args);
            return Task.CompletedTask;
        }
    }
}
