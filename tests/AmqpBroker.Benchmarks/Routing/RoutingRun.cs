using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Benchmarks.Routing;

/// <summary>
/// What finding the queues of one message costs, for each exchange type: CPU time, best of several rounds, and bytes
/// allocated. Keys change from message to message; queues are not touched.
/// </summary>
internal static class RoutingRun
{
    private const int Rounds = 7;
    private const int Routes = 1_000_000;
    private const int Keys = 1024;

    private static int s_sink;

    public static int Run()
    {
        Console.WriteLine("| type | bindings | ns | bytes |");
        Console.WriteLine("|---|--:|--:|--:|");
        foreach (int bindings in new[] { 1, 10, 100 })
        {
            Row("direct", bindings, perKey: true);
            Row("topic", bindings, perKey: true);
            Row("x-consistent-hash", bindings);
            Row("x-consistent-hash", bindings, "hash-header", "h");
            Row("x-consistent-hash", bindings, "hash-property", "message_id");
            Row("x-modulus-hash", bindings);
            Row("x-random", bindings);
        }

        Row("fanout", 1);
        Row("x-recent-history", 1);
        Row("x-delayed-message", 1, "x-delayed-type", "fanout");
        Row("x-delayed-message", 1, "x-delayed-type", "fanout", "x-delay");
        Row("x-message-deduplication", 1, "x-cache-size", "1000");
        Row("x-message-deduplication", 1, "x-cache-size", "1000", "x-deduplication-header");
        Console.WriteLine();
        Console.WriteLine("| change of an x-consistent-hash with 100 bindings | µs |");
        Console.WriteLine("|---|--:|");
        Changes();
        return 0;
    }

    /// <summary>What a binding more and a binding less cost, with the first message that comes then.</summary>
    private static void Changes()
    {
        Exchange exchange = ExchangeTypes.Create(
            ShortString.FromString("x-consistent-hash"),
            new ExchangeProperties(ShortString.FromString("x"), Durable: false, AutoDelete: false, Internal: false, FieldTable.Empty));
        var router = new Router(static _ => null);
        var result = new RouteResult();
        for (int i = 0; i < 100; i++)
        {
            exchange.Bind(new Binding(exchange, new Queue($"q{i}"), ShortString.FromString("1"), FieldTable.Empty));
        }

        var more = new Binding(exchange, new Queue("more"), ShortString.FromString("1"), FieldTable.Empty);
        (double bind, double unbind) best = (double.MaxValue, double.MaxValue);
        for (int i = 0; i < 100; i++)
        {
            best = (Math.Min(best.bind, Cpu(() => exchange.Bind(more))), Math.Min(best.unbind, Cpu(() => exchange.Unbind(more))));
        }

        Console.WriteLine($"| bind | {best.bind:0} |");
        Console.WriteLine($"| unbind | {best.unbind:0} |");

        double Cpu(Action change)
        {
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            change();
            router.Route(exchange, new RoutingInput(ShortString.Empty), result);
            return (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds;
        }
    }

    private static void Row(
        string type, int bindings, string? argument = null, string? value = null, string header = "h", bool perKey = false)
    {
        var host = new VirtualHost(ShortString.FromString("/"), Random.Shared.NextBytes);
        using var journal = new MemoryJournal(manualStepping: true);
        host.Attach(journal);
        FieldTable arguments = argument is null
            ? FieldTable.Empty
            : new FieldTableBuilder().Append(argument, FieldValue.FromString(value!)).Build();
        Exchange exchange = host.AddExchange(
            ShortString.FromString(type),
            new ExchangeProperties(ShortString.FromString("x"), Durable: false, AutoDelete: false, Internal: false, arguments));
        for (int i = 0; i < bindings; i++)
        {
            string key = perKey ? $"key.{i}" : "1";
            exchange.Bind(new Binding(exchange, new Queue($"q{i}"), ShortString.FromString(key), FieldTable.Empty));
        }

        ShortString[] keys = [.. Enumerable.Range(0, Keys).Select(i => ShortString.FromString($"key.{i % (perKey ? bindings : Keys)}"))];
        byte[][] headers = [.. Enumerable.Range(0, Keys).Select(i => new FieldTableBuilder().Append(header, FieldValue.FromInt32(i + 1)).Build().RawBytes.ToArray())];
        byte[][] properties = [.. keys.Select(static k => new BasicPropertiesEditor().Set(BasicProperty.MessageId, k).Build())];
        var result = new RouteResult();

        Route(Routes / 10);
        double best = double.MaxValue;
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < Rounds; round++)
        {
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            Route(Routes);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / Routes);
        }

        double perRoute = (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / (Rounds * Routes);
        string with = argument is null or "x-cache-size" or "x-delayed-type" ? "" : $", {argument}";
        Console.WriteLine($"| `{type}`{with}{(header == "h" ? "" : $", with {header}")} | {bindings} | {best:0} | {perRoute:0.#} |");

        void Route(int count)
        {
            for (int i = 0; i < count; i++)
            {
                int k = i & (Keys - 1);
                host.Router.Route(exchange, new RoutingInput(keys[k], headers[k]) { Properties = properties[k], NowMs = 1 }, result);
                s_sink += result.Count;
            }
        }
    }

    private sealed class Queue(string name) : Destination(ShortString.FromString(name))
    {
        public override bool Durable => false;
    }
}
