using System.Text.Json;
using System.Text.Json.Serialization;

namespace AmqpBroker.Management.Model;

/// <summary>How a check went. What a check does not tell of is left out.</summary>
internal sealed record StatusJson(string Status)
{
    public static readonly StatusJson Ok = new("ok");

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Port { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Protocol { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Missing { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Ports { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Protocols { get; init; }
}

/// <summary>A check of alarms that was not passed.</summary>
internal sealed record AlarmsJson(string Status, string Reason, IReadOnlyList<AlarmJson> Alarms);

/// <summary>A resource that is short.</summary>
internal sealed record AlarmJson(string Node, string Resource);

/// <summary>How memory and disk space stand, in bytes, and from where on an alarm is in effect.</summary>
internal sealed record ResourceLimitsJson(long MemUsed, long MemLimit, bool MemAlarm, long? DiskFree, long DiskFreeLimit, bool DiskFreeAlarm);

/// <summary>Who asks.</summary>
internal sealed record WhoAmIJson(string Name, IReadOnlyList<string> Tags);
