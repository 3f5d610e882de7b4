namespace AmqpBroker.Bench.Store;

/// <summary>Many durable queues, empty or with some messages each: memory of a queue, and starts.</summary>
internal sealed class ManyQueuesPart(Setting setting, Report report, int queues, int messagesEach)
{
    public void Run()
    {
        string name = messagesEach == 0 ? $"{queues:N0} empty durable queues" : $"{queues:N0} durable queues of {messagesEach} messages";
        string data = setting.NewDataDirectory("queues");
        double idleMb;
        using (Broker broker = Broker.Start(setting, data))
        {
            double before = broker.ResidentMb;
            Perf.Result declared = (Load.At(broker.Port) with { Queues = queues, Spread = true }).Fill(Math.Max((long)queues * messagesEach, 1)).Run();
            report.Add($"{name}: memory", broker.ResidentMb, "MB");
            if (messagesEach > 0)
            {
                report.Add("publishing to all in turn", declared.Published / declared.Seconds, "/s");
            }
            idleMb = broker.ResidentMb - before;
            broker.Stop();
        }
        if (messagesEach == 0)
        {
            report.AtMost($"{name}: memory of each", idleMb * 1000 / queues, 2, "KB");
        }
        using (Broker broker = Broker.Start(setting, data))
        {
            report.AtMost($"{name}: start to first connection, stopped in order", broker.FirstConnectionMs / 1e3, 5, "s");
            report.Add($"{name}: memory after it", broker.ResidentMb, "MB");
            broker.Kill();
        }
        using (Broker broker = Broker.Start(setting, data))
        {
            report.AtMost($"{name}: start to first connection, after kill -9", broker.FirstConnectionMs / 1e3, 5, "s");
            broker.Stop();
        }
        Directory.Delete(data, recursive: true);
    }
}
