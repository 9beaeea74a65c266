"""The sentences of refusals, in the user's language. A code without a sentence is caught by a test."""

from collections.abc import Mapping
from typing import Final

from server.domain.imports import sentences as import_sentences

LOCALES: Final = ("zh-CN", "en")
DEFAULT_LOCALE: Final = "zh-CN"

# code -> (zh-CN, en)
TITLES: Final[dict[str, tuple[str, str]]] = {
    "refused": ("请求没有被接受", "The request was refused"),
    "invalid": ("有内容填写不对", "Something is filled in wrongly"),
    "not_signed_in": ("请先登录", "Please sign in"),
    "wrong_sign_in": ("账号或密码不对", "Wrong name or password"),
    "not_allowed": ("你没有这项权限", "You are not allowed to do this"),
    "agreement_needed": ("请先阅读并同意保密协议", "Please accept the confidentiality agreement first"),
    "wrong_step_up": ("密码不对，请再试", "That is not your password; please try again"),
    "step_up_needed": ("请先再确认一次是你本人", "Please confirm first that it is you"),
    "frozen": ("你的账号已停用，请联系主管", "Your access has been stopped; please ask your supervisor"),
    "device_revoked": (
        "这台设备已被停用，请联系主管",
        "This device has been stopped; please ask your supervisor",
    ),
    "device_not_approved": (
        "这台设备还在等主管批准",
        "This device still waits for your supervisor's approval",
    ),
    "device_key_differs": (
        "这台设备的密钥变了，请重新登录",
        "This device's key has changed; please sign in again",
    ),
    "proof_needed": (
        "请求缺少设备签名，请重新登录",
        "The request was not signed by the device; please sign in again",
    ),
    "proof_wrong": ("设备签名不对，请重新登录", "The device's signature is wrong; please sign in again"),
    "proof_used": ("这个请求已经用过了", "This request has been used already"),
    "clock_off": ("手机时间不对，正在校正", "The phone's clock is wrong; it is being corrected"),
    "no_passkey": ("还没有登记通行密钥", "There is no passkey yet"),
    "passkey_taken": ("这个通行密钥已经登记过", "This passkey has been registered already"),
    "too_many_passkeys": ("通行密钥太多，请先移除一个", "There are too many passkeys; remove one first"),
    "role_held": ("他已经有这个岗位", "They hold this role already"),
    "last_administrator": ("至少要留一位系统管理员", "One administrator must remain"),
    "review_open": ("本季度的权限复核已经开始", "This quarter's review has been opened already"),
    "freeze_self": ("不能停用自己的账号", "You cannot stop your own access"),
    "second_person": ("这一步要由另一个人来做", "Somebody else has to do this"),
    "not_frozen": ("这个账号没有停用", "This access is not stopped"),
    "scope_changed": (
        "内容在这期间有变化，请重新核对后签批",
        "What would leave has changed in the meantime; look at it again and sign anew",
    ),
    "not_released": ("还没有签批完", "It has not been signed by everybody yet"),
    "export_too_large": ("一次最多导出 {most} 行，请缩小范围", "At most {most} rows a file; narrow the list"),
    "cross_site": ("请求来自别的网站，已拒绝", "The request came from another site and was refused"),
    "not_found": ("没有找到", "Not found"),
    "no_person": ("没有这个人", "There is no such person"),
    "no_company": ("还没有建立公司资料", "The company has not been set up"),
    "company_exists": ("公司资料已经建立", "The company has been set up already"),
    "conflict": ("内容已被别人改动", "It was changed in the meantime"),
    "too_large": ("内容太大", "It is too large"),
    "too_many": ("操作太频繁，请稍后再试", "Too many tries; please wait a little"),
    "checksum_differs": ("传输有误，请重试", "The bytes arrived damaged; please try again"),
    "offset_differs": ("续传位置不对，请重新查询", "The chunk does not follow what is there; ask again"),
    "device_of_another": ("这台设备登记在别人名下", "This device belongs to somebody else"),
    "device_not_bound": ("请重新登记这台设备", "Please register this device again"),
    "lease_over": ("这次借阅已结束，请重新取线路本", "This lease is over; fetch the book again"),
    "over_outlet": ("这家门店的查阅次数用完了，请申请", "No openings are left for this outlet; ask for more"),
    "over_day": ("今天的查阅次数用完了，请申请", "No openings are left for today; ask for more"),
    "over_night": ("夜间查阅次数用完了", "No openings are left for the night"),
    "key_reuse": ("这个编号已经用过", "This id is in use"),
    "number_unreadable": (
        "这个号码已无法读取，已报告管理方，查阅次数没有减少",
        "This number cannot be read any more; the office has been told, and no opening was used",
    ),
    "reveal_over": ("这次查阅已经结束，请重新查阅", "This opening is over; open the number again"),
    "audit_unwritable": (
        "审计记录写不进去，暂时不能这样做",
        "The audit cannot be written, so this is refused for now",
    ),
    "borrowed_yourself": (
        "你自己查阅过这家门店，要由别人审批",
        "You have opened a number of this outlet yourself; somebody else must approve",
    ),
    "needs_approval": (
        "机密门店的号码要先申请查阅",
        "A number of a top-secret outlet needs an approval first",
    ),
    "own_request": ("自己的申请要由别人审批", "Somebody else must decide about your own request"),
    "requests_waiting": ("已有太多申请在等审批", "Too many of your requests are waiting already"),
    "decided": ("别人已经处理过了", "Somebody has decided this already"),
    "announcement_withdrawn": ("这条公告已经撤回了", "This announcement has been withdrawn already"),
    "push_failed": ("有些通知没有推送出去", "Some notices could not be pushed"),
    "alert_handled": ("这条预警已经处理过了", "This alert has been dealt with already"),
    "alert_own": ("关于自己的预警要由别人处理", "Somebody else must deal with an alert about you"),
    "job_ended": ("这项任务已经结束", "This job has ended already"),
    "job_running": ("这项任务还没有结束", "This job has not ended yet"),
    "plan_busy": ("这份计划正在计算，请稍候或取消", "The planner is at work on this plan; wait or cancel"),
    "plan_changed": (
        "别人刚改过这份计划，已重新载入",
        "Somebody changed this plan just now; it was loaded again",
    ),
    "plan_published": (
        "已发布的版本不能再改，请另存一个版本",
        "A published version is not changed any more; save it as a new one",
    ),
    "plan_not_published": ("这份计划还没有发布", "This plan has not been published"),
    "plan_outdated": (
        "线路在这期间有变化，请新建一份计划",
        "The routes were changed in the meantime; make a new plan",
    ),
    "planner_refused": ("规划没有算出结果", "The planner found no answer"),
    "departure_open": ("这个人已有一份离职单在办", "There is an open case for this person already"),
    "departure_state": ("这份离职单已到下一步，不能再这样做", "This case is past that step"),
    "departure_unfinished": (
        "清单上还有没完成的事项，不能结案",
        "The checklist is not finished; the case cannot be closed",
    ),
    "known_by_more": (
        "这些店公司里已经不止一个人熟",
        "More than one person knows these stores by now",
    ),
    "task_done": ("这项任务已经做完了", "This task has been done already"),
    "handover_confirmed": ("这家店已经确认过了", "This store has been confirmed already"),
    "no_stores_held": ("这个人手上没有线路", "This person holds no route as a rep"),
    "several_territories": (
        "这个人的线路分属几个区域，请在线路页逐条交出",
        "The routes lie in several territories; hand them on one by one on the routes page",
    ),
    "undo_over": (
        "开单已超过一小时，不能再撤回",
        "It was opened more than an hour ago and can no longer be undone",
    ),
    "leaving": (
        "离职交接期间不能查阅号码，也不能导出",
        "Serving notice: no numbers are opened and nothing is exported",
    ),
    "no_route": ("没有线路可以配送", "There is no route to deliver it"),
    "busy": ("服务器正忙，稍后会再试", "The server is busy; try again shortly"),
    "storage_full": ("服务器存储已满，暂时不能保存", "The server's disk is full; it cannot save for now"),
    "photo_store_full": ("照片存储已满", "There is no room for photos"),
    "internal": ("服务器出错了", "The server failed"),
    "bad_json": ("请求格式不对", "The request is not valid JSON"),
    "method_not_allowed": ("不支持这种操作", "This method is not supported"),
    **import_sentences.TITLES,
    "unsupported_media_type": ("不支持这种内容格式", "This content type is not supported"),
}

# rule -> (zh-CN, en); params in braces
RULES: Final[dict[str, tuple[str, str]]] = {
    "required": ("必须填写", "is required"),
    "no_phone_number": ("不是电话号码", "is no phone number"),
    "unknown_field": ("不认识的字段", "is not a known field"),
    "length": ("长度须在 {min} 到 {max} 之间", "must be {min} to {max} characters long"),
    "taken": ("已被使用", "is already taken"),
    "user_name": (
        "只能由 2 至 32 个小写字母、数字、点、连字符或下划线组成，并以字母或数字开头",
        "takes 2 to 32 of a-z, 0-9, dot, hyphen and underscore, beginning with a letter or digit",
    ),
    "unknown_role": ("没有“{role}”这个角色", "there is no role “{role}”"),
    "type": ("类型不对", "has the wrong type"),
    "range": ("须在 {min} 到 {max} 之间", "must be between {min} and {max}"),
    "choice": ("只能是：{choices}", "must be one of: {choices}"),
    "integer": ("必须是整数", "must be a whole number"),
    "finite": ("必须是有限的数", "must be a finite number"),
    "format": ("格式不对", "has the wrong format"),
    "duplicate_key": ("重复出现", "appears twice"),
    "text": ("含有不允许的字符", "contains characters that are not allowed"),
    "not_found": ("没有找到", "was not found"),
    "pixels": ("像素不能超过 {max}", "must not have more than {max} pixels"),
    **import_sentences.SENTENCES,
    "other": ("{words}", "{words}"),
    # the rules of the domain (server/domain/errors.py)
    "at_least": ("不能小于 {least}", "must be at least {least}"),
    "at_most": ("不能大于 {most}", "must be at most {most}"),
    "date": ("必须是日期", "must be a calendar date"),
    "instant": ("必须是带时区的时间", "must be an instant with a time zone"),
    "local_time": ("必须是时间，例如 21:00", "must be a local time such as 21:00"),
    "monday": ("必须是星期一", "must be a Monday"),
    "multiple_of_pack": ("必须是整箱（每箱 {pack}）的倍数", "must be a multiple of the pack of {pack}"),
    "not_after": ("不能晚于 {limit}", "must not be after {limit}"),
    "number": ("必须是数字", "must be a number"),
    "one_of": ("只能是：{allowed}", "must be one of {allowed}"),
    "position": (
        "纬度须在 -90 到 90、经度须在 -180 到 180 之间",
        "must be a latitude and longitude in degrees",
    ),
    "reason_required": ("与建议不同，请选原因", "needs a reason because it differs from the suggestion"),
    "reason_unknown": ("不在原因列表里", "is not a reason of the list"),
    "none_found": ("没有符合条件的门店", "matches no outlet"),
    "own_request": ("自己的申请须由别人签批", "must be somebody else: nobody signs a request of their own"),
    "asked_on_this_device": (
        "申请就是在这台设备上提出的，请换一台设备签批",
        "signs on the device on which it was asked for; use another one",
    ),
    "signed_already": ("你已经签过了", "has signed it already"),
    "not_your_duty": ("你没有这一步的签批职责", "does not hold a duty that has to sign"),
    "twice": ("重复了", "is there twice"),
    "unknown_zone": ("不认识的时区", "is not a known time zone"),
    "whole_number": ("必须是整数", "must be a whole number"),
    # plans
    "locked": ("已锁定，请先解锁", "is locked; unlock it first"),
    "no_routes": ("这个区域还没有线路", "has no routes yet"),
    "from_tomorrow": ("最早从明天开始", "must be tomorrow or later"),
    # departures
    "unfinished": ("还没完成（剩 {left} 项）", "is not finished ({left} left)"),
    "steps_missing": ("还缺：{allowed}", "still lacks: {allowed}"),
    "supervisor_needed": ("A 类门店要主管在场", "must be a supervisor for a class A store"),
    "not_before": ("不能早于 {limit}", "must not be before {limit}"),
    "departure_state": ("这份离职单已到下一步", "is past that step"),
    # routes
    "none_to_route": ("没有待排线的门店", "there are no outlets without a route"),
    "as_many_as_routes": ("要有 {routes} 条线路的名称", "must name {routes} routes"),
    "after_start": ("必须晚于开始时间", "must be after the start"),
    "overlaps": ("与已有安排重叠", "overlaps with what is already arranged"),
    "holds_nothing": ("在这一天没有负责任何线路", "holds no route on that day"),
    "away_too": ("这几天也不在", "is away on some of these days as well"),
    # alerts and announcements
    "fixed": ("不能改：这是系统自身的警报", "cannot be changed: the house itself is in doubt"),
    "one_owner": ("负责人和负责角色只能选一个", "is either a person or a role"),
    "no_number": ("这种预警没有数值", "has no number"),
    "nobody": ("没有符合条件的人", "reaches nobody"),
    # sign-in
    "point": ("不是有效的设备公钥", "is not a device's public key"),
    "no_passkey": ("要先登记通行密钥", "needs a passkey first"),
    "duties": (
        "“{one}”和“{other}”不能由同一个人担任（编写、借用、保管、审批四职分离）",
        "{one} and {other} must not be one person (author, borrower, keeper, approver)",
    ),
    "another": ("要选另一个人", "must be somebody else"),
    "over": ("已过期，请重新开始", "is over; please begin again"),
    "not_believed": ("没有通过验证", "could not be verified"),
    # shapes
    "string": ("必须是文字", "must be text"),
    "boolean": ("必须是“是”或“否”", "must be true or false"),
    "uuid": ("不是有效的编号", "is not a valid id"),
    "longer": ("最长 {max} 个字", "must be at most {max} long"),
    "shorter": ("至少 {min} 个字", "must be at least {min} long"),
    "list": ("必须是列表", "must be a list"),
}


def pick_locale(accept_language: str | None, person_locale: str | None = None) -> str:
    """The language to answer in: the request's first, then the person's, then Chinese."""
    for part in (accept_language or "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return person_locale if person_locale in LOCALES else DEFAULT_LOCALE


def title(code: str, locale: str) -> str:
    """The sentence of a refusal; the code itself where there is none (a test forbids that)."""
    return _say(TITLES, code, locale, {})


def rule_sentence(rule: str, locale: str, params: Mapping[str, object]) -> str:
    """The sentence of a broken rule with its parameters filled in."""
    return _say(RULES, rule, locale, params)


def _say(table: dict[str, tuple[str, str]], key: str, locale: str, params: Mapping[str, object]) -> str:
    pair = table.get(key)
    if pair is None:
        return key
    sentence = pair[0] if locale == "zh-CN" else pair[1]
    try:
        return sentence.format(**params)
    except (KeyError, IndexError):
        return sentence
