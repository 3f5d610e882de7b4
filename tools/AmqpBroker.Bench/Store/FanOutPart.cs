namespace AmqpBroker.Bench.Store;

/// <summary>A fan-out to a hundred durable queues: the body is written once.</summary>
internal sealed class FanOutPart(Setting setting, Report report)
{
    private const int Queues = 100;
    private const int Messages = 10_000;
    private const int BodyBytes = 10_240;

    public void Run()
    {
        string data = setting.NewDataDirectory("fanout");
        using (Broker broker = Broker.Start(setting, data))
        {
            Perf.Scenario fan = Load.At(broker.Port) with { Queues = Queues, ExchangeType = "fanout", BodyBytes = BodyBytes };
            fan.Fill(1).Run();
            double before = Disk.UsedMb(data);
            Perf.Result result = fan.Fill(Messages).Run();
            double bodies = Messages * BodyBytes / 1e6;
            report.AtMost($"fan-out of 10 KB to {Queues} durable queues: disk per megabyte of bodies", (Disk.UsedMb(data) - before) / bodies, 3, "MB");
            report.Add("its copies", Queues * result.Published / result.Seconds, "/s");
            broker.Stop();
        }
        Directory.Delete(data, recursive: true);
    }
}
