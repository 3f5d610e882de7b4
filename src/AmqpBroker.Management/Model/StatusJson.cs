namespace AmqpBroker.Management.Model;

/// <summary>A check that was passed.</summary>
internal sealed record StatusJson(string Status)
{
    public static readonly StatusJson Ok = new("ok");
}

/// <summary>A check of alarms that was not passed.</summary>
internal sealed record AlarmsJson(string Status, string Reason, IReadOnlyList<AlarmJson> Alarms);

/// <summary>A resource that is short.</summary>
internal sealed record AlarmJson(string Node, string Resource);

/// <summary>How memory and disk space stand, in bytes, and from where on an alarm is in effect.</summary>
internal sealed record ResourceLimitsJson(long MemUsed, long MemLimit, bool MemAlarm, long? DiskFree, long DiskFreeLimit, bool DiskFreeAlarm);

/// <summary>Who asks.</summary>
internal sealed record WhoAmIJson(string Name, IReadOnlyList<string> Tags);
