using AmqpBroker.Benchmarks;
using AmqpBroker.Benchmarks.BacklogLayout;
using AmqpBroker.Benchmarks.LaneOrLocks;
using AmqpBroker.Benchmarks.Routing;

string[] rest = args.Length > 1 ? args[1..] : [];
switch (args.FirstOrDefault())
{
    case "lane-or-locks":
        return LaneOrLocksRun.Run(rest);
    case "backlog-layout":
        return BacklogLayoutRun.Run(rest);
    case "calibrate":
        return Calibration.Run();
    case "routing":
        return RoutingRun.Run();
    default:
        Console.Error.WriteLine("usage: benchmarks calibrate");
        Console.Error.WriteLine("       benchmarks routing");
        Console.Error.WriteLine("       benchmarks backlog-layout [megabytes] [folder] [part of a layout's name]");
        Console.Error.WriteLine("       benchmarks lane-or-locks [seconds per run] [rounds of outside work] [repetitions] [--own-keys]");
        return 2;
}
