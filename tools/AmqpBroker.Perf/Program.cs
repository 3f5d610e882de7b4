using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using AmqpBroker.Perf;

return CommandLine.Build().Parse(args).Invoke();

/// <summary>The options, and what becomes of them.</summary>
internal static class CommandLine
{
    private static readonly Option<string> _host = Text("--host", "127.0.0.1", "host of the broker");
    private static readonly Option<int> _port = Number("--port", 5672, "port of the broker");
    private static readonly Option<string> _user = Text("--user", "guest", "user name");
    private static readonly Option<string> _password = Text("--password", "guest", "password");
    private static readonly Option<string> _virtualHost = Text("--vhost", "/", "virtual host");
    private static readonly Option<int> _producers = Number("--producers", 1, "producers, each with a connection and a thread");
    private static readonly Option<int> _consumers = Number("--consumers", 1, "consumers, each with a connection and a thread");
    private static readonly Option<int> _queues = Number("--queues", 1, "queues; producer and consumer i use queue i modulo this");
    private static readonly Option<string> _prefix = Text("--queue-prefix", "perf", "how the names of queues and exchange begin");
    private static readonly Option<string> _exchange = Text("--exchange", "", "publish through an exchange of this type: direct, fanout, topic, headers");
    private static readonly Option<int> _size = Number("--size", 1024, "bytes of a body; below 8 no latency is measured");
    private static readonly Option<bool> _persistent = Flag("--persistent", "messages with delivery mode 2");
    private static readonly Option<bool> _durable = Flag("--durable", "durable queues and exchange");
    private static readonly Option<int> _confirm = Number("--confirm", 0, "publisher confirms with at most this many unconfirmed per producer");
    private static readonly Option<int> _prefetch = Number("--prefetch", 1000, "prefetch of each consumer; 0: no limit");
    private static readonly Option<int> _multiAck = Number("--multi-ack", 1, "acknowledge every so many deliveries at once");
    private static readonly Option<bool> _autoAck = Flag("--auto-ack", "consume without acknowledgements");
    private static readonly Option<bool> _spread = Flag("--spread", "each producer publishes to all queues in turn");
    private static readonly Option<double> _rate = Real("--rate", 0, "messages per second of each producer; latency then counts from the time a message was due");
    private static readonly Option<double> _warmup = Real("--warmup", 2, "seconds before measuring begins (not with --count)");
    private static readonly Option<double> _duration = Real("--duration", 10, "seconds to measure; with --count the most it may take");
    private static readonly Option<long> _count = new("--count") { Description = "end after so many messages of each producer, all confirmed and consumed" };
    private static readonly Option<bool> _keep = Flag("--keep", "leave queues as they are before and after the run");
    private static readonly Option<string[]> _pid = new("--pid") { Description = "process of the broker, for its CPU time and memory; auto: the one listening on --port; repeatable", DefaultValueFactory = _ => [] };
    private static readonly Option<string?> _json = new("--json") { Description = "write the figures to this file too" };
    private static readonly Option<string> _name = Text("--name", "run", "what to call this run in the table");
    private static readonly Option<bool> _noHeading = Flag("--no-heading", "print the line of figures only");

    public static RootCommand Build()
    {
        var command = new RootCommand("A load generator for AMQP 0-9-1 brokers.");
        Option[] options =
        [
            _host, _port, _user, _password, _virtualHost, _producers, _consumers, _queues, _prefix, _exchange, _size,
            _persistent, _durable, _confirm, _prefetch, _multiAck, _autoAck, _spread, _rate, _warmup, _duration, _count, _keep,
            _pid, _json, _name, _noHeading,
        ];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        Scenario scenario = Read(parsed);
        if (scenario.Problem() is string problem)
        {
            Console.Error.WriteLine($"perf: {problem}");
            return 2;
        }
        try
        {
            Result result = new Runner(scenario, parsed.GetValue(_name)!, Broker(parsed, scenario.Port)).Measure();
            if (!parsed.GetValue(_noHeading))
            {
                Console.WriteLine(Result.Heading);
            }
            Console.WriteLine(result.Line());
            if (parsed.GetValue(_json) is string path)
            {
                result.WriteJson(path);
            }
            if (scenario.Count > 0 && scenario.Consumers > 0 && result.Consumed < scenario.Count * scenario.Producers * scenario.CopiesPerMessage)
            {
                Console.Error.WriteLine("perf: not all messages were consumed in time");
                return 1;
            }
            return 0;
        }
        catch (Exception e) when (e is AmqpException or SocketException or IOException)
        {
            Console.Error.WriteLine($"perf: {e.Message}");
            return 1;
        }
    }

    private static Scenario Read(ParseResult parsed) => new()
    {
        Host = parsed.GetValue(_host)!,
        Port = parsed.GetValue(_port),
        User = parsed.GetValue(_user)!,
        Password = parsed.GetValue(_password)!,
        VirtualHost = parsed.GetValue(_virtualHost)!,
        Producers = parsed.GetValue(_producers),
        Consumers = parsed.GetValue(_consumers),
        Queues = parsed.GetValue(_queues),
        QueuePrefix = parsed.GetValue(_prefix)!,
        ExchangeType = parsed.GetValue(_exchange)!,
        BodyBytes = parsed.GetValue(_size),
        Persistent = parsed.GetValue(_persistent),
        Durable = parsed.GetValue(_durable),
        ConfirmWindow = parsed.GetValue(_confirm),
        Prefetch = parsed.GetValue(_prefetch),
        MultiAck = parsed.GetValue(_multiAck),
        AutoAck = parsed.GetValue(_autoAck),
        Spread = parsed.GetValue(_spread),
        Rate = parsed.GetValue(_rate),
        WarmupSeconds = parsed.GetValue(_warmup),
        DurationSeconds = parsed.GetValue(_duration),
        Count = parsed.GetValue(_count),
        Keep = parsed.GetValue(_keep),
    };

    private static BrokerProcess? Broker(ParseResult parsed, int port)
    {
        var pids = new List<int>();
        foreach (string text in parsed.GetValue(_pid)!)
        {
            int? pid = text == "auto" ? BrokerProcess.ListeningOn(port) : int.Parse(text, CultureInfo.InvariantCulture);
            pids.Add(pid ?? throw new IOException($"no process of this machine is seen listening on port {port}"));
        }
        return pids.Count == 0 ? null : new BrokerProcess(pids);
    }

    private static Option<string> Text(string name, string value, string help) => new(name) { Description = help, DefaultValueFactory = _ => value };

    private static Option<int> Number(string name, int value, string help) => new(name) { Description = help, DefaultValueFactory = _ => value };

    private static Option<double> Real(string name, double value, string help) => new(name) { Description = help, DefaultValueFactory = _ => value };

    private static Option<bool> Flag(string name, string help) => new(name) { Description = help };
}
