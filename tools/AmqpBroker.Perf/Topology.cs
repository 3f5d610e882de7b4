namespace AmqpBroker.Perf;

/// <summary>Declares what a run needs, empty, and takes it away after.</summary>
internal sealed class Topology(Scenario scenario) : IDisposable
{
    /// <summary>The header that a headers exchange's bindings look at.</summary>
    public const string HeaderKey = "queue";

    private const int InFlight = 256;

    private readonly Connection _connection = Connection.Open(scenario, "topology");

    public void Declare()
    {
        if (!scenario.Keep)
        {
            Delete();
        }
        byte durable = (byte)(scenario.Durable ? 2 : 0);
        string exchange = scenario.ExchangeName;
        if (exchange.Length > 0)
        {
            _connection.Call(
                Method(40, 10).Short(0).ShortString(exchange).ShortString(scenario.ExchangeType).Octet(durable).Table().End(), 40, 11);
        }
        ForEachQueue(queue => Method(50, 10).Short(0).ShortString(queue).Octet(durable).Table().End(), 50, 11);
        if (exchange.Length > 0)
        {
            ForEachQueue(queue => Bind(exchange, queue), 50, 21);
        }
    }

    public void Delete()
    {
        ForEachQueue(queue => Method(50, 40).Short(0).ShortString(queue).Octet(0).End(), 50, 41);
        if (scenario.ExchangeName.Length > 0)
        {
            _connection.Call(Method(40, 20).Short(0).ShortString(scenario.ExchangeName).Octet(0).End(), 40, 21);
        }
    }

    public void Dispose() => _connection.Dispose();

    private static FrameWriter Method(ushort classId, ushort methodId) => new FrameWriter().Method(Connection.Channel, classId, methodId);

    private FrameWriter Bind(string exchange, string queue)
    {
        FrameWriter bind = Method(50, 20).Short(0).ShortString(queue).ShortString(exchange).ShortString(queue).Octet(0);
        return (scenario.ExchangeType == "headers" ? bind.Table((HeaderKey, queue)) : bind.Table()).End();
    }

    /// <summary>Sends many before it waits for their answers, as a hundred thousand queues would take minutes one by one.</summary>
    private void ForEachQueue(Func<string, FrameWriter> encode, ushort classId, ushort okId)
    {
        for (int done = 0; done < scenario.Queues; done += InFlight)
        {
            int end = Math.Min(done + InFlight, scenario.Queues);
            for (int i = done; i < end; i++)
            {
                _connection.Send(encode(scenario.QueueName(i)).Written);
            }
            for (int i = done; i < end; i++)
            {
                _connection.Await(classId, okId);
            }
        }
    }
}
