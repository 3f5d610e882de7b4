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

/// <summary>Who asks.</summary>
internal sealed record WhoAmIJson(string Name, IReadOnlyList<string> Tags);
