import type { people as english } from "../en/people";

export const people: Record<keyof typeof english, string> = {
  "session.signIn": "Đăng nhập",
  "session.signOut": "Đăng xuất",
  "session.account": "Tài khoản",
  "session.name": "Tên đăng nhập",
  "session.password": "Mật khẩu",
  "session.byKey": "Dùng khóa API",
  "session.choosePassword": "Đổi mật khẩu",
  "session.oneUse": "Mật khẩu này chỉ dùng một lần. Hãy đặt mật khẩu của bạn để tiếp tục.",
  "session.before": "Mật khẩu hiện tại",
  "session.after": "Mật khẩu mới",
  "session.again": "Nhập lại mật khẩu mới",
  "session.rule": "Từ 10 ký tự trở lên; nên dùng vài từ dễ nhớ.",
  "session.notAlike": "Hai mật khẩu mới không giống nhau.",
  "session.choose": "Đổi mật khẩu",

  "key.explain": "Khóa chỉ được giữ trong thẻ trình duyệt này.",
  "key.label": "Khóa API",
  "key.save": "Dùng khóa này",
  "key.remove": "Bỏ khóa",
  "key.refused": "Máy chủ không nhận ra khóa này.",

  "people.viewer": "người xem",
  "people.operator": "người vận hành",
  "people.planner": "người lập kế hoạch",
  "people.administrator": "quản trị viên",
  "people.everywhere": "mọi khu",

  "rights.signIn": "Đăng nhập với vai trò {role} để thao tác tại đây.",
  "rights.tooLow": "Thao tác tại đây cần vai trò {role}; quản trị viên có thể cấp.",
};
