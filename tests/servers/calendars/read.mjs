// What ical.js reads: base64 of calendars as a JSON array on stdin, a JSON array of facts on stdout.
import ICAL from "ical.js";

let input = "";
for await (const piece of process.stdin.setEncoding("utf8")) input += piece;

const instant = (time) => {
  if (time.zone !== ICAL.Timezone.utcTimezone) throw new Error(`not in UTC: ${time}`);
  return time.toUnixTime();
};

const facts = (base64) => {
  const calendar = new ICAL.Component(ICAL.parse(Buffer.from(base64, "base64").toString("utf8")));
  const components = calendar.getAllSubcomponents("vevent");
  if (components.length !== 1) throw new Error(`${components.length} events`);
  const component = components[0];
  const event = new ICAL.Event(component);
  const attendees = component.getAllProperties("attendee");
  if (attendees.length !== 1) throw new Error(`${attendees.length} attendees`);
  const organizer = component.getFirstProperty("organizer");
  return {
    method: calendar.getFirstPropertyValue("method"),
    uid: event.uid,
    sequence: event.sequence,
    dtstamp: instant(component.getFirstPropertyValue("dtstamp")),
    start: instant(event.startDate),
    end: instant(event.endDate),
    summary: event.summary,
    description: event.description,
    location: event.location,
    organizer: organizer.getFirstValue(),
    organizer_name: organizer.getParameter("cn") ?? "",
    attendee: attendees[0].getFirstValue(),
    attendee_name: attendees[0].getParameter("cn") ?? "",
    partstat: attendees[0].getParameter("partstat"),
    rsvp: attendees[0].getParameter("rsvp"),
    status: component.getFirstPropertyValue("status"),
  };
};

process.stdout.write(JSON.stringify(JSON.parse(input).map(facts)));
